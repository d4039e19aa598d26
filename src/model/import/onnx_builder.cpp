#include "model/import/onnx_builder.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace kith::model {
namespace {

constexpr int kIrVersion = 7;  // ONNX 1.8, with opset 13: what every ONNX Runtime that Kith supports reads
constexpr int kOpset = 13;

void describe(onnx::ValueInfoProto& info, const std::string& tensor, const std::vector<std::int64_t>& shape) {
  info.set_name(tensor);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    auto& dim = *type.mutable_shape()->add_dim();
    if (shape[i] != OnnxBuilder::kFree) {
      dim.set_dim_value(shape[i]);
    } else {
      dim.set_dim_param(i == 0 ? "N" : tensor + "_" + std::to_string(i));  // other free axes need not agree
    }
  }
}

onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name,
                                    onnx::AttributeProto::AttributeType type) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

}  // namespace

OnnxBuilder::OnnxBuilder(const std::string& graph_name) : model_(std::make_shared<onnx::ModelProto>()) {
  model_->set_ir_version(kIrVersion);
  model_->set_producer_name("kith");
  model_->add_opset_import()->set_version(kOpset);
  model_->mutable_graph()->set_name(graph_name);
}

OnnxBuilder::~OnnxBuilder() = default;

void OnnxBuilder::input(const std::string& tensor, const std::vector<std::int64_t>& shape) {
  describe(*model_->mutable_graph()->add_input(), tensor, shape);
}

void OnnxBuilder::output(const std::string& tensor, const std::vector<std::int64_t>& shape) {
  describe(*model_->mutable_graph()->add_output(), tensor, shape);
}

std::string OnnxBuilder::constant(const std::string& tensor, const FloatArray& array) {
  auto& weights = *model_->mutable_graph()->add_initializer();
  weights.set_name(tensor);
  weights.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t length : array.shape) weights.add_dims(length);
  weights.set_raw_data(array.values.data(), array.values.size() * sizeof(float));
  return tensor;
}

std::string OnnxBuilder::constant(const std::string& tensor, const std::vector<std::int64_t>& values) {
  auto& weights = *model_->mutable_graph()->add_initializer();
  weights.set_name(tensor);
  weights.set_data_type(onnx::TensorProto::INT64);
  weights.add_dims(static_cast<std::int64_t>(values.size()));
  weights.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
  return tensor;
}

onnx::NodeProto& OnnxBuilder::node(const std::string& op, const std::vector<std::string>& inputs,
                                   const std::string& output) {
  auto& node = *model_->mutable_graph()->add_node();
  node.set_op_type(op);
  node.set_name(output);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

std::shared_ptr<onnx::ModelProto> OnnxBuilder::finish() {
  remove_unused(*model_);
  return std::move(model_);
}

void set_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  add_attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}

void set_attribute(onnx::NodeProto& node, const std::string& name, float value) {
  add_attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
}

void set_attribute(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
  auto& attribute = add_attribute(node, name, onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

void remove_unused(onnx::ModelProto& model) {
  onnx::GraphProto& graph = *model.mutable_graph();
  std::unordered_map<std::string, const onnx::NodeProto*> producer;
  for (const auto& node : graph.node()) {
    for (const std::string& output : node.output()) producer.emplace(output, &node);
  }
  std::unordered_set<std::string> needed;
  std::unordered_set<const onnx::NodeProto*> kept;
  std::vector<std::string> open;
  for (const auto& output : graph.output()) open.push_back(output.name());
  while (!open.empty()) {
    const std::string tensor = std::move(open.back());
    open.pop_back();
    if (!needed.insert(tensor).second) continue;
    const auto found = producer.find(tensor);
    if (found == producer.end() || !kept.insert(found->second).second) continue;
    open.insert(open.end(), found->second->input().begin(), found->second->input().end());
  }
  auto& nodes = *graph.mutable_node();
  // erase() moves messages within the field: decide by position first.
  std::vector<bool> keep_node;
  for (const auto& node : nodes) keep_node.push_back(kept.contains(&node));
  onnx::GraphProto lean;
  for (int i = 0; i < nodes.size(); ++i) {
    if (keep_node[static_cast<std::size_t>(i)]) *lean.add_node() = std::move(*nodes.Mutable(i));
  }
  for (auto& weights : *graph.mutable_initializer()) {
    if (needed.contains(weights.name())) *lean.add_initializer() = std::move(weights);
  }
  nodes = std::move(*lean.mutable_node());
  *graph.mutable_initializer() = std::move(*lean.mutable_initializer());
}

}  // namespace kith::model

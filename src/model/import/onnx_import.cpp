#include "model/import/onnx_import.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>

#include <cstring>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "model/import/onnx_builder.h"
#include "model/model_file.h"

namespace kith::model {
namespace {

using Tensors = std::unordered_map<std::string, onnx::TensorProto*>;

// Constants by name: initialisers, and the values of Constant nodes.
Tensors constants(onnx::GraphProto& graph) {
  Tensors found;
  for (auto& weights : *graph.mutable_initializer()) found.emplace(weights.name(), &weights);
  for (auto& node : *graph.mutable_node()) {
    if (node.op_type() != "Constant" || node.output_size() != 1) continue;
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.name() == "value" && attribute.has_t())
        found.emplace(node.output(0), attribute.mutable_t());
    }
  }
  return found;
}

std::optional<std::vector<std::int64_t>> integers(const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::INT64 || tensor.dims_size() != 1) return std::nullopt;
  if (!tensor.has_raw_data())
    return std::vector<std::int64_t>(tensor.int64_data().begin(), tensor.int64_data().end());
  std::vector<std::int64_t> values(tensor.raw_data().size() / sizeof(std::int64_t));
  if (!values.empty())
    std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(std::int64_t));
  return values;
}

// Only where the axis is fixed: a detector's outputs may have the cells of all pictures along their first
// axis.
void free_first_axis(onnx::ValueInfoProto& info, std::int64_t batch) {
  if (!info.type().has_tensor_type()) return;
  auto& shape = *info.mutable_type()->mutable_tensor_type()->mutable_shape();
  if (shape.dim_size() > 0 && shape.dim(0).dim_value() == batch) shape.mutable_dim(0)->set_dim_param("N");
}

// A Reshape to (batch, ...) of something computed: 0 copies the length of the first axis instead.
void free_reshape(onnx::NodeProto& node, std::int64_t batch, const Tensors& known, onnx::GraphProto& graph) {
  if (node.input_size() != 2 || node.output_size() != 1 || known.contains(node.input(0))) return;
  const auto found = known.find(node.input(1));
  if (found == known.end()) return;
  auto shape = integers(*found->second);
  if (!shape || shape->size() < 2 || shape->front() != batch) return;
  shape->front() = 0;
  auto& freed = *graph.add_initializer();  // a new one: other nodes may share the constant
  freed.set_name(node.output(0) + "/free_shape");
  freed.set_data_type(onnx::TensorProto::INT64);
  freed.add_dims(static_cast<std::int64_t>(shape->size()));
  freed.set_raw_data(shape->data(), shape->size() * sizeof(std::int64_t));
  node.set_input(1, freed.name());
}

}  // namespace

void free_batch(onnx::ModelProto& model) {
  onnx::GraphProto& graph = *model.mutable_graph();
  std::unordered_set<std::string> weights;
  for (const auto& initializer : graph.initializer()) weights.insert(initializer.name());
  std::int64_t batch = 1;
  onnx::GraphProto pictures;
  for (auto& input : *graph.mutable_input()) {
    if (weights.contains(input.name())) continue;  // before IR version 4 every weight was an input too
    const auto& shape = input.type().tensor_type().shape();
    if (shape.dim_size() > 0 && shape.dim(0).dim_value() > 0) batch = shape.dim(0).dim_value();
    free_first_axis(input, batch);
    *pictures.add_input() = input;
  }
  *graph.mutable_input() = pictures.input();
  for (auto& output : *graph.mutable_output()) free_first_axis(output, batch);

  std::vector<onnx::NodeProto*> reshapes;
  for (auto& node : *graph.mutable_node()) {
    if (node.op_type() == "Reshape") reshapes.push_back(&node);
  }
  const Tensors known = constants(graph);
  for (onnx::NodeProto* node : reshapes) free_reshape(*node, batch, known, graph);

  graph.clear_value_info();  // shapes noted with the old batch
  model.clear_metadata_props();
  if (model.ir_version() < 4) model.set_ir_version(4);
  remove_unused(model);
}

std::shared_ptr<onnx::ModelProto> read_onnx(const std::string& bytes, const std::string& where) {
  auto model = parse_onnx(bytes, where);
  for (const auto& weights : model->graph().initializer()) {
    if (weights.data_location() == onnx::TensorProto::EXTERNAL) {
      throw Error(ErrorCode::kUnsupported,
                  where + ": keeps its weights in a second file; save it as one file first");
    }
  }
  return model;
}

}  // namespace kith::model

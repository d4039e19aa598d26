#include "model/import/graph_builder.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace kith::model {
namespace {

// Opset 13 (2020) is old enough for every ONNX Runtime that Kith accepts and has all that is needed here.
constexpr int kOpset = 13;
constexpr int kIrVersion = 7;

struct Extent {
  int out = 0, before = 0, after = 0;
};

Extent extent(int in, int kernel, int stride, Padding padding) {
  if (padding == Padding::kValid) return {(in - kernel) / stride + 1, 0, 0};
  const int out = (in + stride - 1) / stride;
  const int total = std::max(0, (out - 1) * stride + kernel - in);
  return {out, total / 2, total - total / 2};
}

void ints(onnx::NodeProto& node, const char* name, std::initializer_list<int> values) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INTS);
  for (const int value : values) attribute->add_ints(value);
}

void integer(onnx::NodeProto& node, const char* name, int value) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

void slide(onnx::NodeProto& node, const Window& window, const Extent& y, const Extent& x) {
  ints(node, "kernel_shape", {window.height, window.width});
  ints(node, "strides", {window.stride, window.stride});
  ints(node, "pads", {y.before, x.before, y.after, x.after});
}

// HWIO -> OIHW: ONNX wants the output channel first and the window last.
std::vector<float> channels_first(const std::vector<float>& hwio, std::size_t cells, std::size_t in,
                                  std::size_t out) {
  std::vector<float> oihw(hwio.size());
  std::size_t next = 0;
  for (std::size_t o = 0; o < out; ++o) {
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t cell = 0; cell < cells; ++cell) oihw[next++] = hwio[(cell * in + i) * out + o];
    }
  }
  return oihw;
}

void describe(onnx::ValueInfoProto& info, const std::string& name, std::initializer_list<int> sizes) {
  info.set_name(name);
  auto* tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(onnx::TensorProto::FLOAT);
  tensor->mutable_shape()->add_dim()->set_dim_param("n");
  for (const int size : sizes) tensor->mutable_shape()->add_dim()->set_dim_value(size);
}

}  // namespace

GraphBuilder::GraphBuilder(const std::string& graph_name) : model_(std::make_shared<onnx::ModelProto>()) {
  model_->set_ir_version(kIrVersion);
  model_->set_producer_name("kith");
  model_->add_opset_import()->set_version(kOpset);
  model_->mutable_graph()->set_name(graph_name);
}

GraphBuilder::~GraphBuilder() = default;

onnx::NodeProto& GraphBuilder::node(const char* op, const std::string& output,
                                    const std::vector<std::string>& inputs) {
  onnx::NodeProto& node = *model_->mutable_graph()->add_node();
  node.set_name(output);
  node.set_op_type(op);
  for (const std::string& name : inputs) node.add_input(name);
  node.add_output(output);
  return node;
}

void GraphBuilder::initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                               const std::vector<float>& values) {
  onnx::TensorProto& tensor = *model_->mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t axis : shape) tensor.add_dims(axis);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
}

Feature GraphBuilder::input(const std::string& name, int channels, int height, int width) {
  describe(*model_->mutable_graph()->add_input(), name, {channels, height, width});
  return {name, channels, height, width};
}

Feature GraphBuilder::conv(const std::string& name, const Feature& x, const Window& window,
                           const Affine& weights) {
  const int out = static_cast<int>(weights.bias.size());
  const auto cells = static_cast<std::size_t>(window.height * window.width);
  initializer(
      name + "/kernel", {out, x.channels, window.height, window.width},
      channels_first(weights.kernel, cells, static_cast<std::size_t>(x.channels), weights.bias.size()));
  initializer(name + "/bias", {out}, weights.bias);
  const Extent rows = extent(x.height, window.height, window.stride, window.padding);
  const Extent columns = extent(x.width, window.width, window.stride, window.padding);
  slide(node("Conv", name, {x.name, name + "/kernel", name + "/bias"}), window, rows, columns);
  return {name, out, rows.out, columns.out};
}

Feature GraphBuilder::relu(const std::string& name, const Feature& x) {
  node("Relu", name, {x.name});
  return {name, x.channels, x.height, x.width};
}

Feature GraphBuilder::max_pool(const std::string& name, const Feature& x, const Window& window) {
  const Extent rows = extent(x.height, window.height, window.stride, window.padding);
  const Extent columns = extent(x.width, window.width, window.stride, window.padding);
  slide(node("MaxPool", name, {x.name}), window, rows, columns);
  return {name, x.channels, rows.out, columns.out};
}

Feature GraphBuilder::concat(const std::string& name, const std::vector<Feature>& xs) {
  Feature joined{name, 0, xs.front().height, xs.front().width};
  std::vector<std::string> inputs;
  for (const Feature& x : xs) {
    joined.channels += x.channels;
    inputs.push_back(x.name);
  }
  integer(node("Concat", name, inputs), "axis", 1);
  return joined;
}

Feature GraphBuilder::add(const std::string& name, const Feature& a, const Feature& b) {
  node("Add", name, {a.name, b.name});
  return {name, a.channels, a.height, a.width};
}

Feature GraphBuilder::global_average(const std::string& name, const Feature& x) {
  node("GlobalAveragePool", name + "/pool", {x.name});
  integer(node("Flatten", name, {name + "/pool"}), "axis", 1);
  return {name, x.channels, 1, 1};
}

Feature GraphBuilder::dense(const std::string& name, const Feature& x, const Affine& weights) {
  const int out = static_cast<int>(weights.bias.size());
  initializer(name + "/kernel", {x.channels, out}, weights.kernel);
  initializer(name + "/bias", {out}, weights.bias);
  node("Gemm", name, {x.name, name + "/kernel", name + "/bias"});
  return {name, out, 1, 1};
}

Feature GraphBuilder::l2_normalise(const std::string& name, const Feature& x) {
  onnx::NodeProto& op = node("LpNormalization", name, {x.name});
  integer(op, "axis", 1);
  integer(op, "p", 2);
  return {name, x.channels, x.height, x.width};
}

void GraphBuilder::output(const Feature& x, bool flat) {
  onnx::ValueInfoProto& info = *model_->mutable_graph()->add_output();
  if (flat) {
    describe(info, x.name, {x.channels});
  } else {
    describe(info, x.name, {x.channels, x.height, x.width});
  }
}

std::shared_ptr<onnx::ModelProto> GraphBuilder::finish() && { return std::move(model_); }

}  // namespace kith::model

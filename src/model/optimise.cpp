#include "model/optimise.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace kith::model {
namespace {

constexpr std::int64_t kBlock =
    16;  // channels: the widest of ONNX Runtime's blocks (AVX-512); the others divide it

std::vector<float> values_of(const onnx::TensorProto& tensor) {
  if (tensor.has_raw_data()) {
    std::vector<float> values(tensor.raw_data().size() / sizeof(float));
    if (!values.empty()) std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(float));
    return values;
  }
  return {tensor.float_data().begin(), tensor.float_data().end()};
}

std::int64_t attribute(const onnx::NodeProto& node, const char* name, std::int64_t otherwise) {
  for (const auto& a : node.attribute()) {
    if (a.name() == name) return a.i();
  }
  return otherwise;
}

// Floats, as many as the shape says, at least one.
bool is_whole(const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::FLOAT) return false;
  const std::size_t bytes = tensor.raw_data().size();
  const auto stored = static_cast<std::int64_t>(
      tensor.has_raw_data() ? bytes / sizeof(float) : static_cast<std::size_t>(tensor.float_data_size()));
  std::int64_t count = 1;
  for (const std::int64_t length : tensor.dims()) {
    if (length < 1 || length > stored / count) return false;
    count *= length;
  }
  return count == stored && (!tensor.has_raw_data() || bytes % sizeof(float) == 0);
}

int least_inputs(const std::string& type) {
  if (type == "Conv" || type == "PRelu" || type == "Gemm") return 2;
  return type == "Softmax" || type == "MaxPool" || type == "Relu" ? 1 : 0;
}

// Every tensor is written once and before it is read, and no operator lacks inputs, as ONNX demands. ONNX
// Runtime refuses what is otherwise; here it must not lead round in circles before that.
bool is_regular(const onnx::GraphProto& graph) {
  std::unordered_set<std::string> written;
  std::unordered_set<std::string> read;
  for (const auto& tensor : graph.initializer()) {
    if (!written.insert(tensor.name()).second) return false;
  }
  for (const auto& node : graph.node()) {
    if (node.input_size() < least_inputs(node.op_type()) || node.output_size() < 1) return false;
    read.insert(node.input().begin(), node.input().end());
    for (const std::string& name : node.output()) {
      const bool fresh = name.empty() || (!read.contains(name) && written.insert(name).second);
      if (!fresh) return false;
    }
  }
  return true;
}

// The graph with its constants and the readers of each tensor at hand.
class Graph {
 public:
  explicit Graph(onnx::GraphProto& proto) : proto_(proto) { index(); }

  onnx::GraphProto& proto() { return proto_; }

  void index() {
    constants_.clear();
    writers_.clear();
    readers_.clear();
    for (auto& tensor : *proto_.mutable_initializer()) constants_[tensor.name()] = &tensor;
    for (auto& node : *proto_.mutable_node()) {
      for (const std::string& name : node.output()) writers_[name] = &node;
      for (const std::string& name : node.input()) readers_[name].push_back(&node);
    }
  }

  // A float constant that one node reads, so that it may be changed.
  const onnx::TensorProto* constant(const std::string& name) const {
    const auto found = constants_.find(name);
    const bool usable = found != constants_.end() && is_whole(*found->second);
    return usable && readers(name).size() == 1 && !is_output(name) ? found->second : nullptr;
  }

  onnx::NodeProto* writer(const std::string& name) const {
    const auto found = writers_.find(name);
    return found == writers_.end() ? nullptr : found->second;
  }

  const std::vector<onnx::NodeProto*>& readers(const std::string& name) const {
    static const std::vector<onnx::NodeProto*> kNone;
    const auto found = readers_.find(name);
    return found == readers_.end() ? kNone : found->second;
  }

  bool is_output(const std::string& name) const {
    return std::any_of(proto_.output().begin(), proto_.output().end(),
                       [&](const auto& o) { return o.name() == name; });
  }

  void set(const std::string& name, const std::vector<std::int64_t>& shape,
           const std::vector<float>& values) {
    onnx::TensorProto*& tensor = constants_[name];
    if (tensor == nullptr) tensor = proto_.add_initializer();
    tensor->Clear();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t length : shape) tensor->add_dims(length);
    tensor->set_raw_data(values.data(), values.size() * sizeof(float));
  }

 private:
  onnx::GraphProto& proto_;
  std::unordered_map<std::string, onnx::TensorProto*> constants_;
  std::unordered_map<std::string, onnx::NodeProto*> writers_;
  std::unordered_map<std::string, std::vector<onnx::NodeProto*>> readers_;
};

bool is_plain_conv(const Graph& graph, const onnx::NodeProto* node) {
  if (node == nullptr || node->op_type() != "Conv" || attribute(*node, "group", 1) != 1) return false;
  const onnx::TensorProto* weight = graph.constant(node->input(1));
  if (weight == nullptr || weight->dims_size() != 4) return false;
  if (node->input_size() < 3) return true;
  const onnx::TensorProto* bias = graph.constant(node->input(2));
  return bias != nullptr && bias->dims_size() == 1 && bias->dims(0) == weight->dims(0);
}

// A constant with its axis `axis` lengthened by zeros.
void pad(Graph& graph, const std::string& name, int axis, std::int64_t length) {
  const onnx::TensorProto& tensor = *graph.constant(name);
  std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  const std::vector<float> values = values_of(tensor);
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (int i = 0; i < axis; ++i) outer *= shape[static_cast<std::size_t>(i)];
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < shape.size(); ++i) inner *= shape[i];
  const std::int64_t old_row = shape[static_cast<std::size_t>(axis)] * inner;
  const std::int64_t new_row = length * inner;
  std::vector<float> padded(static_cast<std::size_t>(outer * new_row));
  for (std::int64_t i = 0; i < outer; ++i) {
    std::copy_n(values.begin() + i * old_row, old_row, padded.begin() + i * new_row);
  }
  shape[static_cast<std::size_t>(axis)] = length;
  graph.set(name, shape, padded);
}

// What has to be padded together with a convolution's outputs: slopes on the way, and the convolutions that
// read them.
struct Reach {
  std::vector<onnx::NodeProto*> prelus, convs;
};

bool per_channel(const onnx::TensorProto* slope) {
  return slope != nullptr && slope->dims_size() == 3 && slope->dims(1) == 1 && slope->dims(2) == 1;
}

// A node that hands on `channels` channels as they come.
bool passes_on(const Graph& graph, const onnx::NodeProto& node, std::int64_t channels) {
  if (node.output_size() != 1) return false;
  if (node.op_type() == "MaxPool" || node.op_type() == "Relu") return node.input_size() == 1;
  if (node.op_type() != "PRelu" || node.input_size() != 2) return false;
  const onnx::TensorProto* slope = graph.constant(node.input(1));
  return per_channel(slope) && slope->dims(0) == channels;
}

// Nothing when something else reads the channels.
std::optional<Reach> follow(const Graph& graph, const std::string& start, std::int64_t channels) {
  Reach reach;
  std::vector<std::string> open{start};
  while (!open.empty()) {
    const std::string tensor = std::move(open.back());
    open.pop_back();
    if (graph.is_output(tensor) || graph.readers(tensor).empty()) return std::nullopt;
    for (onnx::NodeProto* reader : graph.readers(tensor)) {
      if (is_plain_conv(graph, reader) && graph.constant(reader->input(1))->dims(1) == channels) {
        reach.convs.push_back(reader);
      } else if (passes_on(graph, *reader, channels)) {
        if (reader->op_type() == "PRelu") reach.prelus.push_back(reader);
        open.push_back(reader->output(0));
      } else {
        return std::nullopt;
      }
    }
  }
  return reach;
}

void pad_channels(Graph& graph) {
  for (auto& node : *graph.proto().mutable_node()) {
    if (!is_plain_conv(graph, &node)) continue;
    const std::int64_t channels = graph.constant(node.input(1))->dims(0);
    const std::int64_t padded = (channels + kBlock - 1) / kBlock * kBlock;
    if (padded == channels) continue;
    const std::optional<Reach> reach = follow(graph, node.output(0), channels);
    if (!reach) continue;
    pad(graph, node.input(1), 0, padded);
    if (node.input_size() > 2) pad(graph, node.input(2), 0, padded);
    for (const onnx::NodeProto* prelu : reach->prelus) pad(graph, prelu->input(1), 0, padded);
    for (const onnx::NodeProto* conv : reach->convs) pad(graph, conv->input(1), 1, padded);
  }
}

void add_int(onnx::NodeProto& node, const char* name, std::int64_t value) {
  auto* a = node.add_attribute();
  a->set_name(name);
  a->set_type(onnx::AttributeProto::INT);
  a->set_i(value);
}

onnx::NodeProto make_node(const char* type, const std::vector<std::string>& inputs,
                          const std::string& output) {
  onnx::NodeProto node;
  node.set_op_type(type);
  node.set_name(output);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

// Each channel times a number.
onnx::NodeProto scale_channels(Graph& graph, const std::string& input, const std::string& output,
                               const std::vector<float>& factors) {
  const auto channels = static_cast<std::int64_t>(factors.size());
  graph.set(output + "/factors", {channels, 1, 1, 1}, factors);
  onnx::NodeProto node = make_node("Conv", {input, output + "/factors"}, output);
  add_int(node, "group", channels);
  auto* kernel = node.add_attribute();
  kernel->set_name("kernel_shape");
  kernel->set_type(onnx::AttributeProto::INTS);
  kernel->add_ints(1);
  kernel->add_ints(1);
  return node;
}

// slope <= 1: x + Relu(-(1 - slope) x); a steeper one needs its sign put back afterwards.
std::vector<onnx::NodeProto> prelu_parts(Graph& graph, const onnx::NodeProto& prelu) {
  const std::string& x = prelu.input(0);
  const std::string& y = prelu.output(0);
  std::vector<float> bend = values_of(*graph.constant(prelu.input(1)));
  std::vector<float> sign;
  for (float& slope : bend) {
    sign.push_back(slope > 1 ? -1.0F : 1.0F);
    slope = -std::abs(1 - slope);
  }
  std::vector<onnx::NodeProto> parts;
  parts.push_back(scale_channels(graph, x, y + "/bent", bend));
  parts.push_back(make_node("Relu", {y + "/bent"}, y + "/bend"));
  std::string added = y + "/bend";
  if (std::count(sign.begin(), sign.end(), -1.0F) > 0) {
    parts.push_back(scale_channels(graph, added, y + "/signed", sign));
    added = y + "/signed";
  }
  parts.push_back(make_node("Add", {added, x}, y));
  return parts;
}

void split_prelus(Graph& graph) {
  google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
  for (const auto& node : graph.proto().node()) {
    const bool fits = node.op_type() == "PRelu" && node.input_size() == 2 &&
                      per_channel(graph.constant(node.input(1))) &&
                      graph.constant(node.input(1))->dims(0) % kBlock == 0 &&
                      is_plain_conv(graph, graph.writer(node.input(0)));
    if (!fits) {
      *nodes.Add() = node;
      continue;
    }
    for (onnx::NodeProto& part : prelu_parts(graph, node)) *nodes.Add() = std::move(part);
  }
  graph.proto().mutable_node()->Swap(&nodes);
  graph.index();
}

// Rows 0 and 1 of the layer's outputs become their differences: softmax(a, b) = (sigmoid(a - b), sigmoid(b -
// a)).
void subtract_each_other(Graph& graph, const std::string& name, bool outputs_last) {
  const onnx::TensorProto& tensor = *graph.constant(name);
  const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  std::vector<float> values = values_of(tensor);
  const std::size_t half = values.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    float& a = values[outputs_last ? 2 * i : i];
    float& b = values[outputs_last ? 2 * i + 1 : half + i];
    const float difference = a - b;
    a = difference;
    b = -difference;
  }
  graph.set(name, shape, values);
}

void replace_two_way_softmax(Graph& graph) {
  for (auto& node : *graph.proto().mutable_node()) {
    if (node.op_type() != "Softmax" || attribute(node, "axis", -1) != 1) continue;
    const onnx::NodeProto* layer = graph.writer(node.input(0));
    if (layer == nullptr || graph.readers(node.input(0)).size() != 1 || graph.is_output(node.input(0)))
      continue;
    const bool dense = layer->op_type() == "Gemm" && attribute(*layer, "transA", 0) == 0;
    if (!dense && !is_plain_conv(graph, layer)) continue;
    if (layer->input_size() < 3) continue;
    const bool outputs_last = dense && attribute(*layer, "transB", 0) == 0;
    const onnx::TensorProto* weight = graph.constant(layer->input(1));
    const onnx::TensorProto* bias = graph.constant(layer->input(2));
    if (weight == nullptr || bias == nullptr || bias->dims_size() != 1 || bias->dims(0) != 2) continue;
    if (dense && weight->dims_size() != 2) continue;
    if (weight->dims(outputs_last ? weight->dims_size() - 1 : 0) != 2) continue;
    subtract_each_other(graph, layer->input(1), outputs_last);
    subtract_each_other(graph, layer->input(2), false);
    node.set_op_type("Sigmoid");
    node.clear_attribute();
  }
}

}  // namespace

void optimise(onnx::ModelProto& model) {
  if (!is_regular(model.graph())) return;
  Graph graph(*model.mutable_graph());
  pad_channels(graph);
  split_prelus(graph);
  replace_two_way_softmax(graph);
}

}  // namespace kith::model

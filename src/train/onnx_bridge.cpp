#include "train/onnx_bridge.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>
#include <torch/torch.h>

#include <cstring>
#include <set>

#include "model/import/onnx_builder.h"

namespace kith::train {
namespace {

torch::Tensor tensor_of(const onnx::TensorProto& proto, const std::string& where) {
  const std::vector<std::int64_t> shape(proto.dims().begin(), proto.dims().end());
  const bool integers = proto.data_type() == onnx::TensorProto::INT64;
  if (!integers && proto.data_type() != onnx::TensorProto::FLOAT)
    throw Error(ErrorCode::kUnsupported,
                where + ": \"" + proto.name() + "\" holds neither 32-bit floats nor 64-bit integers");
  torch::Tensor tensor = torch::empty(shape, integers ? torch::kLong : torch::kFloat);
  const std::size_t bytes = tensor.nbytes();
  const void* from = proto.raw_data().data();
  std::size_t given = proto.raw_data().size();
  if (!proto.has_raw_data()) {
    from = integers ? static_cast<const void*>(proto.int64_data().data()) : proto.float_data().data();
    given = integers ? sizeof(std::int64_t) * static_cast<std::size_t>(proto.int64_data_size())
                     : sizeof(float) * static_cast<std::size_t>(proto.float_data_size());
  }
  if (given != bytes)
    throw Error(ErrorCode::kCorrupt,
                where + ": \"" + proto.name() + "\" has another length than its shape says");
  if (bytes > 0) std::memcpy(tensor.data_ptr(), from, bytes);
  return tensor;
}

Node node_of(const onnx::NodeProto& proto, const std::string& where) {
  Node node;
  node.op = proto.op_type();
  node.inputs.assign(proto.input().begin(), proto.input().end());
  node.output = proto.output(0);
  for (const auto& attribute : proto.attribute()) {
    switch (attribute.type()) {
      case onnx::AttributeProto::INT:
        node.integers[attribute.name()] = {attribute.i()};
        break;
      case onnx::AttributeProto::INTS:
        node.integers[attribute.name()].assign(attribute.ints().begin(), attribute.ints().end());
        break;
      case onnx::AttributeProto::FLOAT:
        node.reals[attribute.name()] = attribute.f();
        break;
      default:
        if (attribute.name() == "auto_pad" && (attribute.s() == "NOTSET" || attribute.s() == "VALID")) break;
        throw Error(ErrorCode::kUnsupported, where + ": \"" + node.output + "\" has \"" + attribute.name() +
                                                 "\", which is not known here");
    }
  }
  if (node.integer("ceil_mode", 0) != 0)
    throw Error(ErrorCode::kUnsupported,
                where + ": \"" + node.output + "\" pools with ceil_mode, which is not known here");
  return node;
}

// ONNX states these without a list.
const std::set<std::string> kScalars{
    "group", "axis", "transA", "transB", "keepdims", "ceil_mode", "count_include_pad", "allowzero"};

model::FloatArray floats_of(const torch::Tensor& tensor) {
  const torch::Tensor whole = tensor.to(torch::kFloat).contiguous();
  const auto* values = whole.data_ptr<float>();
  return {whole.sizes().vec(), {values, values + whole.numel()}};
}

}  // namespace

Graph read_graph(const model::ModelFile& file, const std::string& where) {
  const model::Contract& contract = file.contract;
  if (contract.role != model::Role::kEmbedder || contract.graphs.size() != 1 ||
      contract.input.layout != model::Layout::kNchw ||
      contract.input.size.width != contract.input.size.height ||
      contract.input.channels == model::ChannelOrder::kGrey ||
      contract.input.standardisation.kind != model::Standardisation::Kind::kFixed) {
    throw Error(ErrorCode::kUnsupported, where +
                                             ": only embedders of square coloured pictures in NCHW order "
                                             "with a fixed standardisation can be trained");
  }
  Graph graph;
  graph.name = contract.name;
  graph.input = contract.graphs[0].input;
  graph.output = contract.graphs[0].outputs.at(0);
  graph.size = contract.input.size.width;
  graph.dimension = contract.dimension;
  const auto part = model::parse_onnx(model::extract_graph(*file.proto, contract.graphs[0], where), where);
  for (const auto& weights : part->graph().initializer())
    graph.constants[weights.name()] = tensor_of(weights, where);
  for (const auto& proto : part->graph().node()) {
    if (proto.op_type() != "Constant") {
      graph.nodes.push_back(node_of(proto, where));
      continue;
    }
    for (const auto& attribute : proto.attribute()) {
      if (attribute.name() == "value" && attribute.has_t())
        graph.constants[proto.output(0)] = tensor_of(attribute.t(), where);
    }
  }
  return graph;
}

std::shared_ptr<onnx::ModelProto> write_graph(const Graph& graph) {
  model::OnnxBuilder builder(graph.name);
  builder.input(graph.input, {model::OnnxBuilder::kFree, 3, graph.size, graph.size});
  for (const auto& [name, tensor] : graph.constants) {
    if (tensor.is_floating_point()) {
      builder.constant(name, floats_of(tensor));
    } else {
      const torch::Tensor whole = tensor.contiguous();
      const auto* values = whole.data_ptr<std::int64_t>();
      builder.constant(name, std::vector<std::int64_t>(values, values + whole.numel()));
    }
  }
  for (const Node& node : graph.nodes) {
    const bool only_training = node.op == "Dropout";
    onnx::NodeProto& proto = builder.node(only_training ? "Identity" : node.op, node.inputs, node.output);
    if (only_training) continue;
    for (const auto& [name, values] : node.integers) {
      if (kScalars.contains(name)) {
        model::set_attribute(proto, name, values.at(0));
      } else {
        model::set_attribute(proto, name, values);
      }
    }
    for (const auto& [name, value] : node.reals) model::set_attribute(proto, name, static_cast<float>(value));
  }
  builder.output(graph.output, {model::OnnxBuilder::kFree, graph.dimension});
  return builder.finish();
}

}  // namespace kith::train

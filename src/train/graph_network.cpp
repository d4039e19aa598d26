#include "train/graph_network.h"

#include <kith/error.h>
#include <torch/torch.h>

#include <cmath>
#include <set>

namespace kith::train {
namespace {

const std::set<std::string> kOperators{"Conv",
                                       "BatchNormalization",
                                       "PRelu",
                                       "Relu",
                                       "LeakyRelu",
                                       "Sigmoid",
                                       "Add",
                                       "Sub",
                                       "Mul",
                                       "Div",
                                       "Neg",
                                       "Abs",
                                       "Gemm",
                                       "MatMul",
                                       "MaxPool",
                                       "AveragePool",
                                       "GlobalAveragePool",
                                       "Flatten",
                                       "Reshape",
                                       "Concat",
                                       "Dropout",
                                       "Identity",
                                       "ReduceL2"};

// A module's parameter may have no dot in its name.
std::string module_name(const std::string& constant, std::size_t index) {
  std::string name = "w" + std::to_string(index) + "_" + constant;
  for (char& c : name) {
    if (c == '.') c = '_';
  }
  return name;
}

// ONNX pads each side for itself, top left bottom right; libtorch both alike. @return what both have; x is padded by the rest.
std::vector<std::int64_t> pad(const Node& node, torch::Tensor& x, double fill) {
  const auto pads = node.list("pads", {0, 0, 0, 0});
  if (pads[0] == pads[2] && pads[1] == pads[3]) return {pads[0], pads[1]};
  x = torch::constant_pad_nd(x, {pads[1], pads[3], pads[0], pads[2]}, fill);
  return {0, 0};
}

torch::Tensor gemm(const Node& node, torch::Tensor a, torch::Tensor b, const torch::Tensor& c) {
  if (node.integer("transA", 0) != 0) a = a.t();
  if (node.integer("transB", 0) != 0) b = b.t();
  torch::Tensor y = torch::mm(a, b);
  if (const double alpha = node.real("alpha", 1); alpha != 1) y = y * alpha;
  return c.defined() ? y + c * node.real("beta", 1) : y;
}

torch::Tensor reshape(const torch::Tensor& x, const torch::Tensor& shape) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(shape.numel()));
  const torch::Tensor numbers = shape.cpu().contiguous();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::int64_t length = numbers.data_ptr<std::int64_t>()[i];
    sizes[i] = length == 0 ? x.size(static_cast<std::int64_t>(i)) : length;  // 0 copies, in ONNX
  }
  return x.reshape(sizes);
}

}  // namespace

GraphNetwork::GraphNetwork(Graph graph) : graph_(std::move(graph)) {
  std::set<std::string> statistics;
  for (const Node& node : graph_.nodes) {
    if (!kOperators.contains(node.op)) {
      throw Error(ErrorCode::kUnsupported, graph_.name + ": cannot be trained: operator " + node.op +
                                               " of \"" + node.output + "\" is not known here");
    }
    if (node.op == "BatchNormalization") statistics.insert(node.inputs.begin() + 3, node.inputs.end());
    if (node.op != "Add" && node.op != "Sub" && node.op != "Mul" && node.op != "Div") continue;
    for (const std::string& input : node.inputs) {  // factors of the architecture, not learned
      const auto constant = graph_.constants.find(input);
      if (constant != graph_.constants.end() && constant->second.numel() == 1) statistics.insert(input);
    }
  }
  std::size_t index = 0;
  for (auto& [name, tensor] : graph_.constants) {
    if (!tensor.is_floating_point()) continue;
    names_[name] = module_name(name, index++);
    if (statistics.contains(name)) {
      weights_[name] = register_buffer(names_[name], tensor.clone());
    } else {
      weights_[name] = register_parameter(names_[name], tensor.clone());
    }
  }
  for (int i = 0; i < static_cast<int>(graph_.nodes.size()); ++i) {
    for (const std::string& input : graph_.nodes[static_cast<std::size_t>(i)].inputs) last_use_[input] = i;
  }
}

Graph GraphNetwork::graph() const {
  Graph copy = graph_;
  for (const auto& [constant, now] : weights_)
    copy.constants[constant] = now.detach().to(torch::kCPU, torch::kFloat).clone();
  return copy;
}

const torch::Tensor& GraphNetwork::value(const Values& values, const std::string& name) const {
  if (const auto found = values.find(name); found != values.end()) return found->second;
  if (const auto weights = weights_.find(name); weights != weights_.end()) return weights->second;
  const auto constant = graph_.constants.find(name);
  if (constant == graph_.constants.end())
    throw Error(ErrorCode::kCorrupt, graph_.name + ": \"" + name + "\" is used before it is computed");
  return constant->second;
}

torch::Tensor GraphNetwork::batch_norm(const Node& node, const torch::Tensor& x) {
  const Values none;
  const auto weight = [&](std::size_t i) { return value(none, node.inputs[i]); };
  // ONNX's momentum keeps, libtorch's replaces.
  return torch::batch_norm(x, weight(1), weight(2), weight(3), weight(4), is_training(),
                           1 - node.real("momentum", 0.9), node.real("epsilon", 1e-5), true);
}

torch::Tensor GraphNetwork::run(const Node& node, const Values& values) {
  const auto in = [&](std::size_t i) {
    return i < node.inputs.size() ? value(values, node.inputs[i]) : torch::Tensor();
  };
  const std::string& op = node.op;
  torch::Tensor x = in(0);
  if (op == "Conv") {
    const auto padding = pad(node, x, 0);
    return torch::conv2d(x, in(1), in(2), node.list("strides", {1, 1}), padding,
                         node.list("dilations", {1, 1}), node.integer("group", 1));
  }
  if (op == "BatchNormalization") return batch_norm(node, x);
  if (op == "PRelu") return torch::prelu(x, in(1).reshape({-1}));
  if (op == "Relu") return torch::relu(x);
  if (op == "LeakyRelu") return torch::leaky_relu(x, node.real("alpha", 0.01));
  if (op == "Sigmoid") return torch::sigmoid(x);
  if (op == "Add") return x + in(1);
  if (op == "Sub") return x - in(1);
  if (op == "Mul") return x * in(1);
  if (op == "Div") return x / in(1);
  if (op == "Neg") return -x;
  if (op == "Abs") return x.abs();
  if (op == "Gemm") return gemm(node, x, in(1), in(2));
  if (op == "MatMul") return torch::matmul(x, in(1));
  if (op == "MaxPool") {
    const auto padding = pad(node, x, -INFINITY);
    return torch::max_pool2d(x, node.list("kernel_shape", {}), node.list("strides", {1, 1}), padding);
  }
  if (op == "AveragePool") {
    const auto padding = pad(node, x, 0);
    return torch::avg_pool2d(x, node.list("kernel_shape", {}), node.list("strides", {1, 1}), padding, false,
                             node.integer("count_include_pad", 0) != 0);
  }
  if (op == "GlobalAveragePool") return x.mean({2, 3}, true);
  if (op == "Flatten") return x.flatten(1);
  if (op == "Reshape") return reshape(x, in(1));
  if (op == "Concat") {
    std::vector<torch::Tensor> parts;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) parts.push_back(in(i));
    return torch::cat(parts, node.integer("axis", 1));
  }
  if (op == "Dropout") return torch::dropout(x, node.real("ratio", 0.5), is_training());
  if (op == "ReduceL2") return torch::norm(x, 2, node.list("axes", {1}), node.integer("keepdims", 1) != 0);
  return x;  // Identity: the constructor refuses all others
}

torch::Tensor GraphNetwork::forward(const torch::Tensor& images) {
  Values values{{graph_.input, images}};
  for (int i = 0; i < static_cast<int>(graph_.nodes.size()); ++i) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(i)];
    values[node.output] = run(node, values);
    for (const std::string& input : node.inputs) {
      if (last_use_[input] == i) values.erase(input);
    }
  }
  return values.at(graph_.output).flatten(1).to(torch::kFloat);
}

}  // namespace kith::train

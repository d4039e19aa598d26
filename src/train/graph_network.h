// GraphNetwork: a graph as a module that libtorch runs and trains.
#pragma once

#include <torch/nn/module.h>

#include <map>
#include <string>
#include <vector>

#include "train/graph.h"

namespace kith::train {

/// Known operators: Conv, BatchNormalization, PRelu, Relu, LeakyRelu, Sigmoid, Add, Sub, Mul, Div, Neg, Abs, Gemm, MatMul,
/// MaxPool, AveragePool, GlobalAveragePool, Flatten, Reshape, Concat, Dropout, Identity, ReduceL2.
class GraphNetwork : public torch::nn::Module {
 public:
  /// The graph's float constants become parameters; mean and variance of batch norms become buffers; both are copies.
  /// @throws Error kUnsupported naming an operator that is not known.
  explicit GraphNetwork(Graph graph);

  /// @param images  n x channels x size x size, standardised. @return n x dimension, not normalised.
  torch::Tensor forward(const torch::Tensor& images);

  /// The graph with the weights as they are now, on the CPU.
  Graph graph() const;
  const Graph& structure() const { return graph_; }

 private:
  using Values = std::map<std::string, torch::Tensor>;
  torch::Tensor run(const Node& node, const Values& values);
  torch::Tensor batch_norm(const Node& node, const torch::Tensor& x);
  const torch::Tensor& value(const Values& values, const std::string& name) const;

  Graph graph_;                               // its constants are the module's tensors' first values
  std::map<std::string, std::string> names_;  // constant -> the module's name for it
  Values weights_;                            // constant -> parameter or buffer
  std::map<std::string, int> last_use_;       // tensor -> the last node that takes it
};

}  // namespace kith::train

// Graph: a network as ONNX operators and their weights. Whatever Kith trains is one: the architectures of networks.h build
// it, onnx_bridge.h reads it from a model file and writes it into one, and GraphNetwork runs and trains it.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace kith::train {

struct Node {
  std::string op;                   // ONNX's name: "Conv"
  std::vector<std::string> inputs;  // tensors: the graph's input, other nodes' outputs, constants
  std::string output;
  std::map<std::string, std::vector<std::int64_t>> integers;  // attributes; one value for a scalar
  std::map<std::string, double> reals;

  std::int64_t integer(const std::string& name, std::int64_t otherwise) const;
  std::vector<std::int64_t> list(const std::string& name, std::vector<std::int64_t> otherwise) const;
  double real(const std::string& name, double otherwise) const;
};

struct Graph {
  std::string name;                                // "mobilefacenet", or the model it was read from
  std::string input, output;                       // tensors: n x channels x size x size; n x dimension
  int size = 112;                                  // px
  int dimension = 0;                               // floats a vector
  std::vector<Node> nodes;                         // each after those whose outputs it takes
  std::map<std::string, torch::Tensor> constants;  // weights (float) and shapes (int64)
};

/// Everything but the constants, which a checkpoint keeps beside it. @throws Error kCorrupt.
nlohmann::json graph_json(const Graph& graph);
Graph parse_graph(const nlohmann::json& json, const std::string& where);

}  // namespace kith::train

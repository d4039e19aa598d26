#include "train/graph.h"

#include <kith/error.h>

#include <nlohmann/json.hpp>

namespace kith::train {

std::int64_t Node::integer(const std::string& name, std::int64_t otherwise) const {
  const auto found = integers.find(name);
  return found == integers.end() || found->second.empty() ? otherwise : found->second.front();
}

std::vector<std::int64_t> Node::list(const std::string& name, std::vector<std::int64_t> otherwise) const {
  const auto found = integers.find(name);
  return found == integers.end() ? otherwise : found->second;
}

double Node::real(const std::string& name, double otherwise) const {
  const auto found = reals.find(name);
  return found == reals.end() ? otherwise : found->second;
}

nlohmann::json graph_json(const Graph& graph) {
  nlohmann::json nodes = nlohmann::json::array();
  for (const Node& node : graph.nodes) {
    nodes.push_back({{"op", node.op},
                     {"inputs", node.inputs},
                     {"output", node.output},
                     {"integers", node.integers},
                     {"reals", node.reals}});
  }
  return {{"name", graph.name}, {"input", graph.input},         {"output", graph.output},
          {"size", graph.size}, {"dimension", graph.dimension}, {"nodes", nodes}};
}

Graph parse_graph(const nlohmann::json& json, const std::string& where) {
  try {
    Graph graph;
    json.at("name").get_to(graph.name);
    json.at("input").get_to(graph.input);
    json.at("output").get_to(graph.output);
    json.at("size").get_to(graph.size);
    json.at("dimension").get_to(graph.dimension);
    for (const auto& part : json.at("nodes")) {
      Node node;
      part.at("op").get_to(node.op);
      part.at("inputs").get_to(node.inputs);
      part.at("output").get_to(node.output);
      part.at("integers").get_to(node.integers);
      part.at("reals").get_to(node.reals);
      graph.nodes.push_back(std::move(node));
    }
    return graph;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, where + ": damaged network: " + error.what());
  }
}

}  // namespace kith::train

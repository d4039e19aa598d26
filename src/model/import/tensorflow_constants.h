// TensorFlowConstants: the numbers in a frozen TensorFlow graph (GraphDef, .pb), by node name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kith::model::tensorflow {
class Graph;
class Node;
}  // namespace kith::model::tensorflow

namespace kith::model {

/// Row-major floats.
struct Constant {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// How the nodes are wired does not matter here: switches on phase_train, queues and batch norm in any
/// spelling are skipped.
class TensorFlowConstants {
 public:
  /// A shape's axis that may have any length up to kMaxAxis.
  static constexpr std::int64_t kAny = -1;
  static constexpr std::int64_t kMaxAxis = 1 << 12;

  /// @param bytes   read during the call only.
  /// @param where   the file, for messages.
  /// @param advice  what the graph should be: ends the message about a missing or misshapen constant.
  /// @throws Error kCorrupt when this is not a GraphDef with nodes.
  TensorFlowConstants(std::string_view bytes, std::string where, std::string advice);
  ~TensorFlowConstants();
  TensorFlowConstants(const TensorFlowConstants&) = delete;
  TensorFlowConstants& operator=(const TensorFlowConstants&) = delete;

  const std::string& where() const { return where_; }

  /// Whether `name`, or its read node `name`/read, is in the graph (as a constant or not).
  bool has(const std::string& name) const;

  /// The constant `name`; also `name`/read, where a tool folded the variable into its read
  /// node. Identities are followed.
  /// @param shape  what it must be; kAny for a free axis.
  /// @throws Error kCorrupt (missing, not frozen, another shape, values missing or not finite), kUnsupported
  ///         (not 32-bit float); the message names file and node.
  Constant get(const std::string& name, const std::vector<std::int64_t>& shape) const;

 private:
  const tensorflow::Node* find(const std::string& name) const;
  [[noreturn]] void unexpected(const std::string& what) const;
  const tensorflow::Node& constant_node(const std::string& name) const;

  std::string where_;
  std::string advice_;
  std::unique_ptr<tensorflow::Graph> graph_;
  std::unordered_map<std::string_view, const tensorflow::Node*> nodes_;
};

}  // namespace kith::model

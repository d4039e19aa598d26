#include "model/import/tensorflow_constants.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tensorflow_graph.pb.h"

namespace kith::model {
namespace {

// DataType in tensorflow/core/framework/types.proto.
constexpr int kFloat = 1;
constexpr int kHalf = 19;

// A chain of Identity nodes is one or two long; a longer one is a loop or an attack.
constexpr int kMaxIdentities = 8;

[[noreturn]] void corrupt(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kCorrupt, where + ": " + what);
}

std::string words(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t axis : shape) {
    if (text.size() > 1) text += ", ";
    text += axis == TensorFlowConstants::kAny ? "any" : std::to_string(axis);
  }
  return text + "]";
}

std::vector<std::int64_t> shape_of(const tensorflow::Tensor& tensor) {
  std::vector<std::int64_t> shape;
  for (const auto& dim : tensor.tensor_shape().dim()) shape.push_back(dim.size());
  return shape;
}

bool fits(const std::vector<std::int64_t>& actual, const std::vector<std::int64_t>& expected) {
  return std::equal(
      actual.begin(), actual.end(), expected.begin(), expected.end(), [](std::int64_t a, std::int64_t e) {
        return e == TensorFlowConstants::kAny ? a >= 1 && a <= TensorFlowConstants::kMaxAxis : a == e;
      });
}

// `count` comes from a shape that was asked for, never from the file alone: a small file cannot make it huge.
std::vector<float> values_of(const tensorflow::Tensor& tensor, std::size_t count,
                             const std::string& message_start) {
  const std::string& content = tensor.tensor_content();
  std::vector<float> values;
  if (!content.empty()) {
    if (content.size() != count * sizeof(float)) {
      throw Error(ErrorCode::kCorrupt, message_start + "holds " + std::to_string(content.size()) +
                                           " bytes, " + std::to_string(count * sizeof(float)) +
                                           " are needed");
    }
    values.resize(count);
    std::memcpy(values.data(), content.data(), content.size());
  } else {
    const auto& stored = tensor.float_val();
    if (stored.empty() || static_cast<std::size_t>(stored.size()) > count) {
      throw Error(ErrorCode::kCorrupt, message_start + "holds " + std::to_string(stored.size()) +
                                           " values, " + std::to_string(count) + " are needed");
    }
    values.assign(stored.begin(), stored.end());
    values.resize(count, stored[stored.size() - 1]);
  }
  const bool finite = std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
  if (!finite) throw Error(ErrorCode::kCorrupt, message_start + "holds a value that is not a number");
  return values;
}

}  // namespace

TensorFlowConstants::TensorFlowConstants(std::string_view bytes, std::string where, std::string advice)
    : where_(std::move(where)), advice_(std::move(advice)), graph_(std::make_unique<tensorflow::Graph>()) {
  const bool short_enough = bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (!short_enough || !graph_->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    corrupt(where_, "not a frozen TensorFlow graph, or a damaged one: download it again");
  }
  if (graph_->node_size() == 0) {
    corrupt(where_, "holds no graph nodes: a frozen graph is needed, not a SavedModel or a checkpoint");
  }
  nodes_.reserve(static_cast<std::size_t>(graph_->node_size()));
  for (const auto& node : graph_->node()) nodes_.emplace(node.name(), &node);
}

TensorFlowConstants::~TensorFlowConstants() = default;

const tensorflow::Node* TensorFlowConstants::find(const std::string& name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second;
}

bool TensorFlowConstants::has(const std::string& name) const {
  return find(name) != nullptr || find(name + "/read") != nullptr;
}

void TensorFlowConstants::unexpected(const std::string& what) const {
  corrupt(where_, what + ". " + advice_);
}

const tensorflow::Node& TensorFlowConstants::constant_node(const std::string& name) const {
  const tensorflow::Node* node = find(name);
  if (node == nullptr) node = find(name + "/read");
  for (int i = 0; i < kMaxIdentities && node != nullptr && node->op() == "Identity" && node->input_size() > 0;
       ++i) {
    node = find(node->input(0).substr(0, node->input(0).find(':')));  // "name" or "name:0"
  }
  if (node == nullptr) unexpected("has no node \"" + name + "\"");
  if (node->op() != "Const") {
    corrupt(where_, "node \"" + name + "\" is a " + node->op() +
                        ", not a constant: the graph is not frozen (facenet's freeze_graph.py does that)");
  }
  return *node;
}

Constant TensorFlowConstants::get(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const tensorflow::Node& node = constant_node(name);
  const std::string message_start = where_ + ": node \"" + name + "\" ";
  const auto attr =
      std::find_if(node.attr().begin(), node.attr().end(), [](const auto& a) { return a.key() == "value"; });
  if (attr == node.attr().end()) throw Error(ErrorCode::kCorrupt, message_start + "holds no value");
  const tensorflow::Tensor& tensor = attr->value().tensor();
  if (tensor.dtype() != kFloat) {
    throw Error(ErrorCode::kUnsupported,
                message_start + "holds " + (tensor.dtype() == kHalf ? "16-bit floats" : "no 32-bit floats") +
                    " (type " + std::to_string(tensor.dtype()) +
                    "): only 32-bit float graphs can be imported; use the original .pb");
  }
  Constant constant{shape_of(tensor), {}};
  if (!fits(constant.shape, shape)) {
    unexpected("node \"" + name + "\" has shape " + words(constant.shape) + ", not " + words(shape));
  }
  std::size_t count = 1;
  for (const std::int64_t axis : constant.shape) count *= static_cast<std::size_t>(axis);
  constant.values = values_of(tensor, count, message_start);
  return constant;
}

}  // namespace kith::model

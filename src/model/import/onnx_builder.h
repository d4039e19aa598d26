// OnnxBuilder: writes an ONNX graph node by node; what the importers make.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/import/array.h"

namespace onnx {
class ModelProto;
class NodeProto;
}  // namespace onnx

namespace kith::model {

class OnnxBuilder {
 public:
  static constexpr std::int64_t kFree = -1;  // an axis of any length

  explicit OnnxBuilder(const std::string& graph_name);
  ~OnnxBuilder();
  OnnxBuilder(const OnnxBuilder&) = delete;
  OnnxBuilder& operator=(const OnnxBuilder&) = delete;

  void input(const std::string& tensor, const std::vector<std::int64_t>& shape);
  void output(const std::string& tensor, const std::vector<std::int64_t>& shape);
  /// Weights. @return `tensor`, for use as a node's input.
  std::string constant(const std::string& tensor, const FloatArray& array);
  std::string constant(const std::string& tensor, const std::vector<std::int64_t>& values);
  /// @param op  an operator of ONNX's opset kOpset. The node has one output and is named after it.
  onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::string& output);

  /// Drops what no output needs and hands over the model. The builder is empty afterwards.
  std::shared_ptr<onnx::ModelProto> finish();

 private:
  std::shared_ptr<onnx::ModelProto> model_;
};

void set_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value);
void set_attribute(onnx::NodeProto& node, const std::string& name, float value);
void set_attribute(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values);

/// Removes nodes and weights from which no graph output is computed.
void remove_unused(onnx::ModelProto& model);

}  // namespace kith::model

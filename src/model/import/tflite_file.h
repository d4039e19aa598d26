// TfliteFile: what a TensorFlow Lite file holds, checked, as plain values.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/import/array.h"

namespace kith::model {

/// Operators by the numbers of TensorFlow's published schema (BuiltinOperator); others keep their number.
enum class TfliteCode : int {
  kAdd = 0,
  kAveragePool2d = 1,
  kConv2d = 3,
  kDepthwiseConv2d = 4,
  kFullyConnected = 9,
  kMaxPool2d = 17,
  kMul = 18,
  kRelu = 19,
  kReshape = 22,
  kSoftmax = 25,
  kSub = 41,
  kDiv = 42,
  kExp = 47,
  kPrelu = 54,
  kNeg = 59,
  kSum = 74,
  kReduceMax = 82,
  kAbs = 101,
};

struct TfliteTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  int type = 0;               // 0 float32, 2 int32
  std::string_view constant;  // bytes, empty for what the network computes
};

struct TfliteOperator {
  TfliteCode code{};
  std::vector<std::size_t> inputs;  // indexes of tensors
  std::vector<std::size_t> outputs;
  bool same_padding = false;  // else VALID
  int stride_w = 1, stride_h = 1, filter_w = 1, filter_h = 1, dilation_w = 1, dilation_h = 1;
  int activation = 0;  // fused: 0 none, 1 relu, 3 relu6
  bool keep_dims = false;
};

struct TfliteFile {
  std::string where;                         // the file, for messages
  std::shared_ptr<const std::string> bytes;  // what the constants point into
  std::vector<TfliteTensor> tensors;
  std::vector<TfliteOperator> operators;
  std::vector<std::size_t> inputs, outputs;

  bool is_constant(std::size_t tensor) const { return !tensors[tensor].constant.empty(); }
  /// A constant's values. @throws Error kUnsupported when it is no float constant of that rank (-1: any),
  /// kCorrupt.
  FloatArray floats(std::size_t tensor, int rank = -1) const;
  /// An int32 constant's values. @throws Error kCorrupt.
  std::vector<std::int64_t> integers(std::size_t tensor) const;
};

/// @throws Error kCorrupt (not TFLite, damaged), kUnsupported (several subgraphs).
TfliteFile read_tflite(std::string bytes, const std::string& where);

}  // namespace kith::model

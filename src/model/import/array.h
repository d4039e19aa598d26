// FloatArray: weights on their way from a file to an ONNX graph.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace kith::model {

/// Row-major; product(shape) == values.size(), shape {} is a scalar.
struct FloatArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Weights by name: "conv1/weights".
using Weights = std::map<std::string, FloatArray>;

/// The number of values of a shape. @throws Error kCorrupt when a length is negative or the product is above
/// 2^28: more than any network that Kith reads. @param where  the file, for messages.
std::size_t element_count(const std::vector<std::int64_t>& shape, const std::string& where);

/// Axis i of the result is axis order[i] of the input, as in ONNX's Transpose.
FloatArray permute(const FloatArray& array, const std::vector<std::size_t>& order);

}  // namespace kith::model

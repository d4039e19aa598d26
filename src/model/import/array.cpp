#include "model/import/array.h"

#include <kith/error.h>

namespace kith::model {

std::size_t element_count(const std::vector<std::int64_t>& shape, const std::string& where) {
  constexpr std::int64_t kMost = std::int64_t{1} << 28U;
  std::int64_t count = 1;
  for (const std::int64_t length : shape) {
    if (length < 0 || length > kMost || (count > 0 && length > kMost / count)) {
      throw Error(ErrorCode::kCorrupt, where + ": damaged: a tensor's shape is out of range");
    }
    count *= length;
  }
  return static_cast<std::size_t>(count);
}

FloatArray permute(const FloatArray& array, const std::vector<std::size_t>& order) {
  const std::size_t rank = array.shape.size();
  std::vector<std::size_t> stride(rank, 1);  // of the input
  for (std::size_t i = rank; i-- > 1;) stride[i - 1] = stride[i] * static_cast<std::size_t>(array.shape[i]);
  FloatArray out;
  for (const std::size_t axis : order) out.shape.push_back(array.shape[axis]);
  out.values.reserve(array.values.size());
  std::vector<std::int64_t> index(rank, 0);
  for (std::size_t n = 0; n < array.values.size(); ++n) {
    std::size_t source = 0;
    for (std::size_t i = 0; i < rank; ++i) source += static_cast<std::size_t>(index[i]) * stride[order[i]];
    out.values.push_back(array.values[source]);
    for (std::size_t i = rank; i-- > 0;) {
      if (++index[i] < out.shape[i]) break;
      index[i] = 0;
    }
  }
  return out;
}

}  // namespace kith::model

#include "core/vectors.h"

#include <kith/error.h>
#include <kith/face.h>

#include <numeric>
#include <string>

namespace kith {

float similarity(const Embedding& a, const Embedding& b) {
  if (a.size() != b.size()) {
    throw Error(ErrorCode::kInvalidArgument, "embeddings of " + std::to_string(a.size()) + " and " +
                                                 std::to_string(b.size()) + " values cannot be compared");
  }
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

void normalise(Embedding& vector) {
  const double norm = std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
  if (norm == 0) return;
  for (float& value : vector) value = static_cast<float>(value / norm);
}

}  // namespace kith

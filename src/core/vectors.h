// Vectors of floats: the two things that embeddings need.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace kith {

/// Both must have the same size.
inline float dot(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Divides by the L2 norm; a zero vector stays zero.
inline void scale_to_unit(std::span<float> v) {
  const float norm = std::sqrt(dot(v, v));
  if (norm <= 0) return;
  for (float& x : v) x /= norm;
}

}  // namespace kith

// Vectors of floats: the two things that embeddings need.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace kith {

/// Both must have the same size.
inline float dot(std::span<const float> a, std::span<const float> b) {
  // Sums side by side, which the compiler turns into vector instructions; one sum would have to keep its order.
  constexpr std::size_t kLanes = 16;
  float sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) sums[k] += a[i + k] * b[i + k];
  }
  float sum = 0;
  for (; i < a.size(); ++i) sum += a[i] * b[i];
  for (const float s : sums) sum += s;
  return sum;
}

/// As stored vectors are, to 1e-2; false for NaN.
inline bool is_unit(std::span<const float> v) { return std::abs(dot(v, v) - 1.0F) < 1e-2F; }

/// Divides by the L2 norm; a zero vector stays zero.
inline void scale_to_unit(std::span<float> v) {
  const float norm = std::sqrt(dot(v, v));
  if (norm <= 0) return;
  for (float& x : v) x /= norm;
}

}  // namespace kith

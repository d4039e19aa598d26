// What quality is told by, as numbers of a line: quality.cpp has their weights, bench/quality_fit fits these.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

namespace kith {

/// @param side_px      the shorter side of the face's box.
/// @param norm         of its vector, relative to strangers'.
/// @param probability  of being a face.
/// @return  the logarithm of the side as a share of 56 px, the norm beyond strangers', the logarithm of the odds of being a face.
///          More pixels, or a longer vector than strangers have, tell nothing more; below, nothing is known.
inline std::array<double, 3> quality_features(float side_px, float norm, float probability) {
  constexpr float kFull_px = 56, kFewest_px = 20;
  constexpr float kFullNorm = 1.1F, kLeastNorm = 0.3F;
  constexpr double kLeastOdds = -2, kMostOdds = 12, kSure = 1 - 1e-7;
  const double p = std::clamp<double>(probability, 1 - kSure, kSure);
  return {std::log(std::clamp(side_px, kFewest_px, kFull_px) / kFull_px),
          std::clamp(norm, kLeastNorm, kFullNorm) - 1,
          std::clamp(std::log(p / (1 - p)), kLeastOdds, kMostOdds)};
}

}  // namespace kith

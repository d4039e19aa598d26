// As many digits as mean something: every number that is written for others goes through here.
#pragma once

#include <cmath>

namespace kith {

/// @param digits  behind the point.
inline double rounded(double value, int digits) {
  const double steps = std::pow(10.0, digits);
  return std::round(value * steps) / steps + 0.0;  // no -0
}

inline double rounded_px(double value) { return rounded(value, 2); }
inline double rounded_ms(double value) { return rounded(value, 3); }
/// Similarities, confidences, qualities, detectors' scores.
inline double rounded_score(double value) { return rounded(value, 4); }
/// Figures of an evaluation: rates, intervals, areas.
inline double rounded_figure(double value) { return rounded(value, 6); }

}  // namespace kith

#include <kith/calibration.h>
#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace kith {

std::optional<float> threshold_at(const Calibration& c, double far) {
  if (c.far.empty()) return std::nullopt;
  if (c.far.size() == 1) return c.threshold.front();
  std::size_t i = 1;
  while (i + 1 < c.far.size() && c.far[i] > far) ++i;
  const double span = std::log(c.far[i]) - std::log(c.far[i - 1]);
  const double t = span == 0 ? 0 : (std::log(far) - std::log(c.far[i - 1])) / span;
  const double threshold = c.threshold[i - 1] + t * (c.threshold[i] - c.threshold[i - 1]);
  return static_cast<float>(std::clamp(threshold, -1.0, 1.0));
}

std::optional<double> far_at(const Calibration& c, float threshold) {
  constexpr double kHalf = 0.5;  // about: below, nothing is said of "as alike"
  if (c.far.size() < 2) return std::nullopt;
  std::size_t i = 1;
  while (i + 1 < c.far.size() && c.threshold[i] < threshold) ++i;
  const double span = c.threshold[i] - c.threshold[i - 1];
  if (span <= 0) return c.far[i];
  const double t = (threshold - c.threshold[i - 1]) / span;
  const double log_far = std::log(c.far[i - 1]) + t * (std::log(c.far[i]) - std::log(c.far[i - 1]));
  return std::min(std::exp(log_far), kHalf);
}

Embedding centred(const Embedding& vector, const Calibration& calibration) {
  const Embedding& centre = calibration.centre;
  if (centre.empty()) return vector;
  if (centre.size() != vector.size()) {
    throw Error(ErrorCode::kInvalidArgument, "an embedding of " + std::to_string(vector.size()) +
                                                 " values, the calibration's centre has " +
                                                 std::to_string(centre.size()));
  }
  Embedding result(vector.size());
  std::ranges::transform(vector, centre, result.begin(), std::minus{});
  normalise(result);
  return result;
}

float similarity(const Embedding& a, const Embedding& b, const Calibration& calibration) {
  return similarity(centred(a, calibration), centred(b, calibration));
}

}  // namespace kith

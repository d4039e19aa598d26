#include "desk/similarity_map.h"

#include <algorithm>
#include <cmath>

namespace kith {
namespace {

constexpr double kGenuine = 0.98;     // what CompreFace's clients are used to see for the right person
constexpr double kLeastSpread = 0.1;  // cosine between the two points: a curve, not a step
constexpr double kUsualSpread = 0.3;  // where a calibration does not say what own photos reach

double spread(const Calibration& calibration, double threshold) {
  if (calibration.genuine_photos == 0) return kUsualSpread;
  return std::max(calibration.genuine_mean - threshold, kLeastSpread);
}

}  // namespace

SimilarityMap::SimilarityMap(const Calibration& calibration, float threshold)
    : threshold_(threshold), slope_(std::log(kGenuine / (1 - kGenuine)) / spread(calibration, threshold)) {}

double SimilarityMap::operator()(float score) const {
  return 1 / (1 + std::exp(-slope_ * (static_cast<double>(score) - threshold_)));
}

float SimilarityMap::score_of(double mapped) const {
  return static_cast<float>(threshold_ + std::log(mapped / (1 - mapped)) / slope_);
}

}  // namespace kith

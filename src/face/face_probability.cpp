#include "face/face_probability.h"

#include <algorithm>
#include <cmath>

namespace kith {
namespace {

/// A logistic model: the logarithm of the odds is a line in the logarithms of what is known.
struct Weights {
  double bias;
  double score;  // of -log(1 - score)
  double moved;  // of the logarithms of LandmarkFit's values
  double swims;
};

// Fitted on the cases of bench/face_fit (docs/accuracy.md, "Is it a face?"). LandmarkFit::misfit adds nothing: what is no
// face gets a face's shape too.
constexpr Weights kMtcnn{-11.615, 1.369, -1.819, -2.173};
constexpr Weights kMtcnnAlone{-2.111, 1.801, 0, 0};
// Of other detectors the scores mean something else, and the points alone decide.
constexpr Weights kPoints{-11.694, 0, -2.912, -2.309};

// Values below are noise: scores are rounded, points are read to a few hundredths of a box.
constexpr double kSurest = 1e-5;
constexpr double kExact = 1e-3;

double logarithm(float value) { return std::log(std::max<double>(value, kExact)); }

}  // namespace

float face_probability(const std::string& kind, float score, const std::optional<LandmarkFit>& fit) {
  const bool mtcnn = kind == "mtcnn";
  if (!mtcnn && !fit) return score;
  const Weights& w = !mtcnn ? kPoints : fit ? kMtcnn : kMtcnnAlone;
  double odds = w.bias - w.score * std::log(std::max<double>(1 - score, kSurest));
  if (fit) odds += w.moved * logarithm(fit->moved) + w.swims * logarithm(fit->swims);
  return static_cast<float>(1 / (1 + std::exp(-odds)));
}

}  // namespace kith

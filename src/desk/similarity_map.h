// A similarity as other services state it: 0.5 is the threshold.
#pragma once

#include <kith/calibration.h>

namespace kith {

/// A logistic curve through two points: a score at the threshold is 0.5, and what a photo of the same person
/// reaches on average is 0.98. So a client that takes 0.5 or more for "the same" errs as often as the
/// threshold says, whatever the size of the gallery.
class SimilarityMap {
 public:
  /// @param threshold  the score, [-1, 1], that is to be 0.5.
  SimilarityMap(const Calibration& calibration, float threshold);
  /// @return [0, 1], growing with the score.
  double operator()(float score) const;
  /// The score that it stands for. @param mapped  (0, 1).
  float score_of(double mapped) const;

 private:
  double threshold_, slope_;
};

}  // namespace kith

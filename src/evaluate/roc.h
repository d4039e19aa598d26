// Verification statistics: what the similarities of same and different pairs say about an embedder.
// The LFW protocol of davidsandberg/facenet (src/facenet.py, src/lfw.py): thresholds are chosen on the other
// folds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluate/interval.h"

namespace kith {

/// One pair's similarity and whether it shows one person.
struct ScoredPair {
  float similarity = 0;  // cosine, [-1, 1], larger is closer
  bool same = false;
};

/// A point of the ROC curve: pairs with similarity >= threshold count as the same person.
struct RocPoint {
  float threshold = 0;
  double far = 0;  // share of the different pairs that count as same
  double tar = 0;  // share of the same pairs that do
};

/// @return from (0, 0) to (1, 1), one point a distinct similarity. Both kinds of pairs must be there.
std::vector<RocPoint> roc_curve(std::span<const ScoredPair> pairs);
/// Area under the curve (trapezoids): the probability that a same pair is closer than a different one, ties
/// count half.
double area_under(std::span<const RocPoint> curve);
/// The error rate where false accepts and false rejects are equally frequent; linear between the curve's
/// points.
double equal_error_rate(std::span<const RocPoint> curve);

/// Thresholds are searched on the reference's grids. It measures squared distance d of unit vectors, and d =
/// 2 - 2 cosine; it accepts d < t for t in 0, 0.01, ... 4, so we accept cosine > 1 - t / 2.
/// @return the strictest cosine threshold with the highest accuracy.
float best_threshold(std::span<const ScoredPair> pairs);
/// The share of pairs told rightly by `similarity > threshold`.
double accuracy_at(std::span<const ScoredPair> pairs, float threshold);
/// The cosine threshold at which the false accept rate reaches `far`, linear between the points of the
/// reference's finer grid (steps of 0.001 in d). @return above 1 (accepts nothing) when no threshold reaches
/// it.
float threshold_at_far(std::span<const ScoredPair> pairs, double far);
/// The share of same pairs with `similarity > threshold`.
double tar_at(std::span<const ScoredPair> pairs, float threshold);

/// The share of same pairs accepted where a share `far` of the different ones is; mean over the folds.
struct TarAtFar {
  double far = 0;
  std::optional<double> tar;         // nothing: too few different pairs to show this rate
  std::optional<Interval> interval;  // of `tar`
  std::int64_t different = 0;        // pairs of different people
  std::int64_t needed = 0;           // with so many the rate can be shown: one pair is then no more than it
};
/// "TAR at FAR 0.001 cannot be shown with 120 pairs of different people: needs at least 1112"; empty where it is shown.
std::string note(const TarAtFar& figure);

/// The figures of a k-fold test. Intervals hold 95 %: by drawing the folds anew (those of LFW share no people), and not
/// narrower than if each pair were independent (interval.h).
struct Verification {
  double accuracy = 0, accuracy_std = 0;  // mean and population deviation over the folds
  Interval accuracy_interval;
  std::vector<TarAtFar> tar_at_far;  // at FAR 1e-2, 1e-3
  double auc = 0, eer = 0;           // over all pairs
  Interval auc_interval, eer_interval;
  double threshold = 0;  // cosine; mean over the folds of best_threshold
};

/// @param folds  at least two, each with pairs of both kinds.
/// @throws Error kInvalidArgument when they are not.
Verification verify_folds(std::span<const std::vector<ScoredPair>> folds);

}  // namespace kith

#include "evaluate/roc.h"

#include <kith/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>

namespace kith {
namespace {

// davidsandberg/facenet src/facenet.py, calculate_roc and calculate_val: the grids' ends and steps in squared
// distance.
constexpr int kAccuracySteps = 400;  // of 0.01
constexpr int kRateSteps = 4000;     // of 0.001
constexpr double kFarthest = 4;      // squared distance of opposite unit vectors

// The i-th of `steps` grid points as a cosine: 1 at 0, -1 at the last.
float grid(int i, int steps) { return static_cast<float>(1 - kFarthest * i / steps / 2); }

// Similarities by kind, each descending, so that a count above a threshold is a binary search.
struct Sorted {
  explicit Sorted(std::span<const ScoredPair> pairs) {
    for (const ScoredPair& pair : pairs) (pair.same ? same : different).push_back(pair.similarity);
    std::sort(same.begin(), same.end(), std::greater<>());
    std::sort(different.begin(), different.end(), std::greater<>());
  }
  static std::size_t above(const std::vector<float>& scores, float threshold) {
    return std::lower_bound(scores.begin(), scores.end(), threshold, std::greater<>()) - scores.begin();
  }
  std::vector<float> same, different;
};

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// What one fold says, with thresholds of the others.
struct FoldFigures {
  double threshold = 0, accuracy = 0, tar_at_far_1e2 = 0, tar_at_far_1e3 = 0;
};

FoldFigures figures_of(std::span<const std::vector<ScoredPair>> folds, std::size_t test) {
  std::vector<ScoredPair> others;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    if (i != test) others.insert(others.end(), folds[i].begin(), folds[i].end());
  }
  const float threshold = best_threshold(others);
  return {threshold, accuracy_at(folds[test], threshold), tar_at(folds[test], threshold_at_far(others, 1e-2)),
          tar_at(folds[test], threshold_at_far(others, 1e-3))};
}

VerificationIntervals draw_folds(std::span<const std::vector<ScoredPair>> folds,
                                 std::span<const FoldFigures> figures) {
  Redraw redraw;
  std::array<std::vector<double>, 5> values;
  for (int r = 0; r < kRedraws; ++r) {
    std::array<double, 3> sums{};
    std::vector<ScoredPair> pairs;
    for (const std::size_t drawn : redraw(folds.size())) {
      const FoldFigures& fold = figures[drawn];
      sums = {sums[0] + fold.accuracy, sums[1] + fold.tar_at_far_1e2, sums[2] + fold.tar_at_far_1e3};
      pairs.insert(pairs.end(), folds[drawn].begin(), folds[drawn].end());
    }
    for (std::size_t f = 0; f < sums.size(); ++f)
      values[f].push_back(sums[f] / static_cast<double>(folds.size()));
    const std::vector<RocPoint> curve = roc_curve(pairs);
    values[3].push_back(area_under(curve));
    values[4].push_back(equal_error_rate(curve));
  }
  return {middle(values[0]), middle(values[1]), middle(values[2]), middle(values[3]), middle(values[4])};
}

}  // namespace

std::vector<RocPoint> roc_curve(std::span<const ScoredPair> pairs) {
  const Sorted sorted(pairs);
  const auto& [same, different] = sorted;
  std::vector<RocPoint> curve{{std::numeric_limits<float>::infinity(), 0, 0}};
  std::size_t s = 0;
  std::size_t d = 0;
  while (s < same.size() || d < different.size()) {
    const float threshold =
        std::max(s < same.size() ? same[s] : -std::numeric_limits<float>::infinity(),
                 d < different.size() ? different[d] : -std::numeric_limits<float>::infinity());
    while (s < same.size() && same[s] >= threshold) ++s;
    while (d < different.size() && different[d] >= threshold) ++d;
    curve.push_back({threshold, share(d, different.size()), share(s, same.size())});
  }
  return curve;
}

double area_under(std::span<const RocPoint> curve) {
  double area = 0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    area += (curve[i].far - curve[i - 1].far) * (curve[i].tar + curve[i - 1].tar) / 2;
  }
  return area;
}

double equal_error_rate(std::span<const RocPoint> curve) {
  for (std::size_t i = 1; i < curve.size(); ++i) {
    // Along the curve, false rejects minus false accepts falls from 1 to -1; find its zero.
    const double before = 1 - curve[i - 1].tar - curve[i - 1].far;
    const double after = 1 - curve[i].tar - curve[i].far;
    if (after > 0) continue;
    const double t = before == after ? 0 : before / (before - after);
    return curve[i - 1].far + t * (curve[i].far - curve[i - 1].far);
  }
  return 0;
}

float best_threshold(std::span<const ScoredPair> pairs) {
  const Sorted sorted(pairs);
  float best = grid(0, kAccuracySteps);
  std::size_t most = 0;
  for (int i = 0; i <= kAccuracySteps; ++i) {
    const float threshold = grid(i, kAccuracySteps);
    const std::size_t right = Sorted::above(sorted.same, threshold) + sorted.different.size() -
                              Sorted::above(sorted.different, threshold);
    if (right > most) {
      most = right;
      best = threshold;
    }
  }
  return best;
}

double accuracy_at(std::span<const ScoredPair> pairs, float threshold) {
  const auto right = std::count_if(pairs.begin(), pairs.end(), [&](const ScoredPair& pair) {
    return (pair.similarity > threshold) == pair.same;
  });
  return share(right, pairs.size());
}

float threshold_at_far(std::span<const ScoredPair> pairs, double far) {
  constexpr float kAcceptsNothing = 2;
  const Sorted sorted(pairs);
  const auto far_at = [&](float threshold) {
    return share(Sorted::above(sorted.different, threshold), sorted.different.size());
  };
  float stricter = grid(0, kRateSteps);
  double far_before = far_at(stricter);
  if (far_before >= far) return stricter;
  for (int i = 1; i <= kRateSteps; ++i) {
    const float threshold = grid(i, kRateSteps);
    const double far_here = far_at(threshold);
    if (far_here >= far) {
      const double t = (far - far_before) / (far_here - far_before);
      return static_cast<float>(stricter + t * (threshold - stricter));
    }
    stricter = threshold;
    far_before = far_here;
  }
  return kAcceptsNothing;
}

double tar_at(std::span<const ScoredPair> pairs, float threshold) {
  const Sorted sorted(pairs);
  return share(Sorted::above(sorted.same, threshold), sorted.same.size());
}

Verification verify_folds(std::span<const std::vector<ScoredPair>> folds) {
  if (folds.size() < 2) throw Error(ErrorCode::kInvalidArgument, "pairs: at least two folds are needed");
  std::vector<ScoredPair> all;
  for (const auto& fold : folds) {
    const auto same =
        std::count_if(fold.begin(), fold.end(), [](const ScoredPair& pair) { return pair.same; });
    if (same == 0 || same == static_cast<std::ptrdiff_t>(fold.size())) {
      throw Error(ErrorCode::kInvalidArgument, "pairs: each fold needs pairs of one person and pairs of two");
    }
    all.insert(all.end(), fold.begin(), fold.end());
  }
  Verification result;
  const double n = static_cast<double>(folds.size());
  double squares = 0;
  std::vector<FoldFigures> figures;
  for (std::size_t test = 0; test < folds.size(); ++test) {
    const FoldFigures& fold = figures.emplace_back(figures_of(folds, test));
    result.threshold += fold.threshold / n;
    result.accuracy += fold.accuracy / n;
    squares += fold.accuracy * fold.accuracy / n;
    result.tar_at_far_1e2 += fold.tar_at_far_1e2 / n;
    result.tar_at_far_1e3 += fold.tar_at_far_1e3 / n;
  }
  result.accuracy_std = std::sqrt(std::max(0.0, squares - result.accuracy * result.accuracy));
  const std::vector<RocPoint> curve = roc_curve(all);
  result.auc = area_under(curve);
  result.eer = equal_error_rate(curve);
  result.intervals = draw_folds(folds, figures);
  return result;
}

}  // namespace kith

#include "evaluate/roc.h"

#include <fmt/format.h>
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

constexpr std::array kFars{1e-2, 1e-3};

using Folds = std::span<const std::vector<ScoredPair>>;

/// What one fold says, with thresholds of the others.
struct FoldFigures {
  double threshold = 0, accuracy = 0;
  std::array<double, kFars.size()> tar{};
};

FoldFigures figures_of(Folds folds, std::size_t test) {
  std::vector<ScoredPair> others;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    if (i != test) others.insert(others.end(), folds[i].begin(), folds[i].end());
  }
  FoldFigures figures;
  figures.threshold = best_threshold(others);
  figures.accuracy = accuracy_at(folds[test], static_cast<float>(figures.threshold));
  for (std::size_t f = 0; f < kFars.size(); ++f)
    figures.tar[f] = tar_at(folds[test], threshold_at_far(others, kFars[f]));
  return figures;
}

/// The figures of folds drawn anew.
struct Redrawn {
  std::vector<double> accuracy, auc, eer;
  std::array<std::vector<double>, kFars.size()> tar;
};

Redrawn draw_folds(Folds folds, std::span<const FoldFigures> figures) {
  Redraw redraw;
  Redrawn values;
  const auto n = static_cast<double>(folds.size());
  for (int r = 0; r < kRedraws; ++r) {
    double accuracy = 0;
    std::array<double, kFars.size()> tar{};
    std::vector<ScoredPair> pairs;
    for (const std::size_t drawn : redraw(folds.size())) {
      accuracy += figures[drawn].accuracy / n;
      for (std::size_t f = 0; f < tar.size(); ++f) tar[f] += figures[drawn].tar[f] / n;
      pairs.insert(pairs.end(), folds[drawn].begin(), folds[drawn].end());
    }
    values.accuracy.push_back(accuracy);
    for (std::size_t f = 0; f < tar.size(); ++f) values.tar[f].push_back(tar[f]);
    const std::vector<RocPoint> curve = roc_curve(pairs);
    values.auc.push_back(area_under(curve));
    values.eer.push_back(equal_error_rate(curve));
  }
  return values;
}

struct Kinds {
  std::int64_t same = 0, different = 0;
};

// A threshold is chosen on all folds but one, so these must hold enough pairs of different people.
std::int64_t needed_pairs(double far, std::size_t folds) {
  const auto n = static_cast<double>(folds);
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(trials_to_show(far)) * n / (n - 1)));
}

TarAtFar tar_figure(std::size_t f, std::span<const FoldFigures> folds, const Redrawn& redrawn, Kinds kinds) {
  TarAtFar figure{kFars[f], std::nullopt, std::nullopt, kinds.different,
                  needed_pairs(kFars[f], folds.size())};
  if (figure.different < figure.needed) return figure;
  double tar = 0;
  for (const FoldFigures& fold : folds) tar += fold.tar[f] / static_cast<double>(folds.size());
  figure.tar = tar;
  figure.interval =
      wider(middle(redrawn.tar[f]), wilson_share(std::min(tar, 1.0), static_cast<double>(kinds.same)));
  return figure;
}

Kinds count_kinds(std::span<const ScoredPair> pairs) {
  const auto same = std::ranges::count_if(pairs, [](const ScoredPair& pair) { return pair.same; });
  return {same, std::ssize(pairs) - same};
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

std::string note(const TarAtFar& figure) {
  if (figure.tar) return "";
  return fmt::format("TAR at FAR {:g} cannot be shown with {} pairs of different people: needs at least {}",
                     figure.far, figure.different, figure.needed);
}

Verification verify_folds(std::span<const std::vector<ScoredPair>> folds) {
  if (folds.size() < 2) throw Error(ErrorCode::kInvalidArgument, "pairs: at least two folds are needed");
  std::vector<ScoredPair> all;
  for (const auto& fold : folds) {
    const Kinds kinds = count_kinds(fold);
    if (kinds.same == 0 || kinds.different == 0) {
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
  }
  result.accuracy = std::min(result.accuracy, 1.0);
  result.accuracy_std = std::sqrt(std::max(0.0, squares - result.accuracy * result.accuracy));
  const std::vector<RocPoint> curve = roc_curve(all);
  result.auc = area_under(curve);
  result.eer = equal_error_rate(curve);
  const Kinds kinds = count_kinds(all);
  const Redrawn redrawn = draw_folds(folds, figures);
  result.accuracy_interval =
      wider(middle(redrawn.accuracy), wilson_share(result.accuracy, static_cast<double>(all.size())));
  for (std::size_t f = 0; f < kFars.size(); ++f)
    result.tar_at_far.push_back(tar_figure(f, figures, redrawn, kinds));
  // The area is the chance that a same pair is closer than a different one: so many comparisons share no pair.
  const auto comparisons = static_cast<double>(std::min(kinds.same, kinds.different));
  result.auc_interval = share_interval(redrawn.auc, result.auc, comparisons);
  result.eer_interval = share_interval(redrawn.eer, result.eer, comparisons);
  return result;
}

}  // namespace kith

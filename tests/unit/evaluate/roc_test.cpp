#include "evaluate/roc.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include <cmath>
#include <random>

namespace kith {
namespace {

// Rounded, so that ties within and between the kinds happen.
std::vector<ScoredPair> random_pairs(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> same(0.6F, 0.2F);
  std::normal_distribution<float> different(0.1F, 0.2F);
  std::vector<ScoredPair> pairs;
  for (int i = 0; i < count; ++i) {
    const bool is_same = i % 3 != 0;
    const float score = std::clamp(is_same ? same(random) : different(random), -1.0F, 1.0F);
    pairs.push_back({std::round(score * 50) / 50, is_same});
  }
  return pairs;
}

// P(same pair closer than different pair), by looking at every combination.
double slow_auc(const std::vector<ScoredPair>& pairs) {
  double wins = 0;
  double count = 0;
  for (const ScoredPair& a : pairs) {
    for (const ScoredPair& b : pairs) {
      if (!a.same || b.same) continue;
      ++count;
      wins += a.similarity > b.similarity ? 1 : a.similarity == b.similarity ? 0.5 : 0;
    }
  }
  return wins / count;
}

double rate(const std::vector<ScoredPair>& pairs, bool same, float threshold) {
  double accepted = 0;
  double count = 0;
  for (const ScoredPair& pair : pairs) {
    if (pair.same != same) continue;
    ++count;
    if (pair.similarity > threshold) ++accepted;
  }
  return accepted / count;
}

// The reference's loop over its grid, in squared distances.
float slow_best_threshold(const std::vector<ScoredPair>& pairs) {
  double most = -1;
  double best = 0;
  for (int i = 0; i <= 400; ++i) {
    const double t = i * 0.01;
    double right = 0;
    for (const ScoredPair& pair : pairs)
      right += (pair.similarity > static_cast<float>(1 - t / 2)) == pair.same;
    if (right > most) {
      most = right;
      best = t;
    }
  }
  return static_cast<float>(1 - best / 2);
}

TEST(RocUnit, PerfectSeparation) {
  const std::vector<ScoredPair> pairs{{0.9F, true}, {0.8F, true}, {0.1F, false}, {0.2F, false}};
  const auto curve = roc_curve(pairs);
  EXPECT_DOUBLE_EQ(area_under(curve), 1);
  EXPECT_DOUBLE_EQ(equal_error_rate(curve), 0);
  EXPECT_DOUBLE_EQ(accuracy_at(pairs, best_threshold(pairs)), 1);
  EXPECT_EQ(curve.front().far, 0);
  EXPECT_EQ(curve.back().far, 1);
  EXPECT_EQ(curve.back().tar, 1);
}

TEST(RocUnit, HandComputed) {
  // Descending: s .9, d .7, s .6, s .5, d .4, d .1 -> the curve's corners (0,1/3) (1/3,1/3) (1/3,1) (1,1).
  const std::vector<ScoredPair> pairs{{0.9F, true}, {0.7F, false}, {0.6F, true},
                                      {0.5F, true}, {0.4F, false}, {0.1F, false}};
  const auto curve = roc_curve(pairs);
  EXPECT_NEAR(area_under(curve), 1.0 / 9 + 2.0 / 3, 1e-12);  // 7 of 9 comparisons are won
  EXPECT_NEAR(equal_error_rate(curve), 1.0 / 3, 1e-12);
  EXPECT_NEAR(tar_at(pairs, 0.55F), 2.0 / 3, 1e-12);
  EXPECT_NEAR(accuracy_at(pairs, 0.45F), 5.0 / 6, 1e-12);
  EXPECT_NEAR(best_threshold(pairs), 0.495F, 1e-6);  // the grid's first below .5; ties go to the strictest
}

TEST(RocUnit, AllTied) {
  const std::vector<ScoredPair> pairs{{0.5F, true}, {0.5F, false}};
  EXPECT_DOUBLE_EQ(area_under(roc_curve(pairs)), 0.5);
  EXPECT_DOUBLE_EQ(equal_error_rate(roc_curve(pairs)), 0.5);
}

TEST(RocUnit, LikeTheSlowVersions) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const auto pairs = random_pairs(300, seed);
    const auto curve = roc_curve(pairs);
    EXPECT_NEAR(area_under(curve), slow_auc(pairs), 1e-12);
    EXPECT_FLOAT_EQ(best_threshold(pairs), slow_best_threshold(pairs));
    for (const RocPoint& point : curve) {
      const float below = std::nextafter(point.threshold, -2.0F);
      EXPECT_DOUBLE_EQ(point.far, rate(pairs, false, below));
      EXPECT_DOUBLE_EQ(point.tar, rate(pairs, true, below));
      EXPECT_DOUBLE_EQ(tar_at(pairs, point.threshold), rate(pairs, true, point.threshold));
    }
  }
}

TEST(RocUnit, EqualErrorRateIsWhereTheErrorsMeet) {
  const auto pairs = random_pairs(3000, 7);
  const double eer = equal_error_rate(roc_curve(pairs));
  double nearest = 2;
  for (const RocPoint& point : roc_curve(pairs))
    nearest = std::min(nearest, std::abs(point.far - eer) + std::abs(1 - point.tar - eer));
  EXPECT_LT(nearest, 0.04);  // two corners of the curve are this far apart with scores in steps of 0.02
}

TEST(RocUnit, ThresholdAtFarLiesBetweenTheGridPointsThatBracketIt) {
  std::vector<ScoredPair> pairs;
  for (int i = 0; i < 1000; ++i) pairs.push_back({i * 0.0005F, false});  // cosines 0 .. 0.4995
  pairs.push_back({0.9F, true});
  // 1 of 1000 lies above .499, 10 above .4945.
  EXPECT_NEAR(threshold_at_far(pairs, 1e-3), 0.4990, 6e-4);
  EXPECT_NEAR(threshold_at_far(pairs, 1e-2), 0.4945, 6e-4);
  EXPECT_NEAR(rate(pairs, false, threshold_at_far(pairs, 0.5)), 0.5, 2e-3);
}

TEST(RocUnit, ThresholdAtFarWithTooFewDifferentPairs) {
  const std::vector<ScoredPair> few{{0.3F, false}, {0.1F, false}, {0.8F, true}};
  const float threshold = threshold_at_far(few, 1e-3);  // one false accept is already a half
  EXPECT_NEAR(threshold, 0.3, 6e-4);
  const std::vector<ScoredPair> opposite{{-1, false}, {0.8F, true}};
  EXPECT_GT(threshold_at_far(opposite, 1e-3), 1);  // no grid point accepts it: accept nothing
}

TEST(RocUnit, FoldsAreTestedWithTheOthersThreshold) {
  // Fold A separates at .5, fold B at 0: each is wrong on half of the pairs with the other's threshold.
  const std::vector<std::vector<ScoredPair>> folds{{{0.6F, true}, {0.4F, false}},
                                                   {{0.1F, true}, {-0.1F, false}}};
  const Verification result = verify_folds(folds);
  EXPECT_DOUBLE_EQ(result.accuracy, 0.5);
  EXPECT_DOUBLE_EQ(result.accuracy_std, 0);
  EXPECT_NEAR(result.threshold, (0.595 + 0.095) / 2, 1e-6);
  EXPECT_DOUBLE_EQ(result.auc, 0.75);
}

TEST(RocUnit, SpreadIsThePopulationDeviation) {
  const std::vector<ScoredPair> good{{0.8F, true}, {0.7F, true}, {0.1F, false}, {0.2F, false}};
  const std::vector<ScoredPair> half{{0.8F, true}, {0.65F, true}, {0.1F, false}, {0.9F, false}};
  const std::vector<std::vector<ScoredPair>> folds{good, half};
  const Verification result = verify_folds(folds);
  EXPECT_DOUBLE_EQ(result.accuracy, 0.75);
  EXPECT_DOUBLE_EQ(result.accuracy_std, 0.25);
  // Of two folds drawn anew both may be the same one, and eight pairs say little.
  EXPECT_DOUBLE_EQ(result.accuracy_interval.low, std::min(0.5, wilson(6, 8).low));
  EXPECT_DOUBLE_EQ(result.accuracy_interval.high, 1);
  EXPECT_LT(result.auc_interval.low, result.auc);
  EXPECT_DOUBLE_EQ(result.auc_interval.high, 1);
  EXPECT_DOUBLE_EQ(result.eer_interval.low, 0);
}

// Ten folds of 12 pairs of one person and 12 of two, all told apart.
TEST(RocUnit, NoErrorIsNotCertainty) {
  std::vector<std::vector<ScoredPair>> folds(10);
  for (auto& fold : folds) {
    for (int i = 0; i < 12; ++i) {
      fold.push_back({0.8F + 0.01F * static_cast<float>(i), true});
      fold.push_back({0.2F - 0.01F * static_cast<float>(i), false});
    }
  }
  const Verification result = verify_folds(folds);
  EXPECT_NEAR(result.accuracy, 1, 1e-9);
  EXPECT_NEAR(result.accuracy_interval.low, wilson(240, 240).low, 1e-12);
  EXPECT_NEAR(result.auc_interval.low, wilson(120, 120).low, 1e-12);
  EXPECT_NEAR(result.eer_interval.high, wilson(0, 120).high, 1e-12);
  const TarAtFar& shown = result.tar_at_far.at(0);
  ASSERT_TRUE(shown.tar);
  EXPECT_NEAR(*shown.tar, 1, 1e-9);
  EXPECT_NEAR(shown.interval->low, wilson(120, 120).low, 1e-12);
  const TarAtFar& hidden = result.tar_at_far.at(1);
  EXPECT_FALSE(hidden.tar) << "one pair of 108 is a rate of 0.009 already";
  EXPECT_EQ(note(hidden),
            "TAR at FAR 0.001 cannot be shown with 120 pairs of different people: needs at least 1112");
  EXPECT_EQ(note(shown), "");
}

TEST(RocUnit, FoldsOfOneKindAreRefused) {
  const std::vector<std::vector<ScoredPair>> folds{{{0.6F, true}}, {{0.1F, true}, {-0.1F, false}}};
  EXPECT_THROW(verify_folds(folds), Error);
  EXPECT_THROW(verify_folds(std::span(folds).last(1)), Error);
}

}  // namespace
}  // namespace kith

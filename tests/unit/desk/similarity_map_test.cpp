#include "desk/similarity_map.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(SimilarityMapUnit, GoesThroughItsTwoPointsAndGrows) {
  Calibration calibration;
  calibration.genuine_mean = 0.7;
  calibration.genuine_photos = 100;
  const SimilarityMap map(calibration, 0.4F);
  EXPECT_NEAR(map(0.4F), 0.5, 1e-6);
  EXPECT_NEAR(map(0.7F), 0.98, 1e-6);
  double before = 0;
  for (float score = -1; score <= 1; score += 0.05F) {
    EXPECT_GT(map(score), before);
    EXPECT_LT(map(score), 1);
    before = map(score);
    if (before > 0.001 && before < 0.999) {
      EXPECT_NEAR(map.score_of(before), score, 1e-4);
    }
  }
}

// A huge gallery's threshold may lie above what own photos reach on average.
TEST(SimilarityMapUnit, StaysACurveWhereTheThresholdIsHighOrNothingIsKnown) {
  Calibration calibration;
  EXPECT_NEAR(SimilarityMap(calibration, 0.4F)(0.4F), 0.5, 1e-6);
  calibration.genuine_mean = 0.5;
  calibration.genuine_photos = 10;
  const SimilarityMap map(calibration, 0.6F);
  EXPECT_NEAR(map(0.6F), 0.5, 1e-6);
  EXPECT_GT(map(0.65F), 0.5);
}

}  // namespace
}  // namespace kith

#include "face/nms.h"

#include <gtest/gtest.h>

#include <random>

#include "unit/face/mtcnn_slow.h"

namespace kith {
namespace {

std::vector<ScoredBox> random_boxes(std::size_t count, double span, double smallest, double largest,
                                    unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> at(-10, span);
  std::uniform_real_distribution<double> side(std::log(smallest), std::log(largest));
  std::uniform_real_distribution<double> aspect(0.8, 1.25);
  std::uniform_int_distribution<int> score(0, 5000);  // coarse: many are equal
  std::vector<ScoredBox> boxes;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = at(random);
    const double y = at(random);
    const double w = std::exp(side(random));
    boxes.push_back({std::trunc(x), std::trunc(y), std::trunc(x + w), std::trunc(y + w * aspect(random)),
                     static_cast<float>(score(random)) / 5000});
  }
  return boxes;
}

std::vector<std::size_t> naive(const std::vector<ScoredBox>& boxes, double threshold, Overlap overlap) {
  std::vector<std::array<double, 4>> corners;
  std::vector<double> scores;
  for (const ScoredBox& b : boxes) {
    corners.push_back({b.x1, b.y1, b.x2, b.y2});
    scores.push_back(b.score);
  }
  return test::slow_nms(corners, scores, threshold, overlap == Overlap::kMin);
}

TEST(NmsUnit, NothingOfNothing) { EXPECT_TRUE(nms({}, 0.5, Overlap::kUnion).empty()); }

TEST(NmsUnit, SidesCountOnePixelMore) {
  // 10x10 px each, 5 columns shared: 50 / 150 = 1/3, 50 / 100 = 1/2. Counted by differences it would be 4/14
  // and 4/9.
  const std::vector<ScoredBox> boxes{{0, 0, 9, 9, 0.9F}, {5, 0, 14, 9, 0.8F}};
  EXPECT_EQ(nms(boxes, 0.33, Overlap::kUnion).size(), 1U);
  EXPECT_EQ(nms(boxes, 0.34, Overlap::kUnion).size(), 2U);
  EXPECT_EQ(nms(boxes, 0.49, Overlap::kMin).size(), 1U);
  EXPECT_EQ(nms(boxes, 0.5, Overlap::kMin).size(), 2U);  // survivors overlap by no more than the threshold
}

TEST(NmsUnit, MinSuppressesABoxInsideAnother) {
  const std::vector<ScoredBox> boxes{{0, 0, 99, 99, 0.9F}, {40, 40, 59, 59, 0.8F}};
  EXPECT_EQ(nms(boxes, 0.7, Overlap::kUnion).size(), 2U);
  EXPECT_EQ(nms(boxes, 0.7, Overlap::kMin).size(), 1U);
}

TEST(NmsUnit, EqualScoresKeepTheFirst) {
  const std::vector<ScoredBox> boxes{{0, 0, 9, 9, 1}, {1, 0, 10, 9, 1}, {50, 0, 59, 9, 1}};
  EXPECT_EQ(nms(boxes, 0.5, Overlap::kUnion), (std::vector<std::size_t>{0, 2}));
}

TEST(NmsUnit, FewBoxesAsTheNaiveVersion) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const auto boxes = random_boxes(400, 200, 2, 120, seed);
    for (const Overlap overlap : {Overlap::kUnion, Overlap::kMin}) {
      for (const double threshold : {0.3, 0.5, 0.7}) {
        EXPECT_EQ(nms(boxes, threshold, overlap), naive(boxes, threshold, overlap))
            << seed << ' ' << threshold;
      }
    }
  }
}

TEST(NmsUnit, ManyBoxesOfAllSizesAsTheNaiveVersion) {
  const auto boxes = random_boxes(6000, 700, 1, 600, 4);
  for (const double threshold : {0.5, 0.7})
    EXPECT_EQ(nms(boxes, threshold, Overlap::kUnion), naive(boxes, threshold, Overlap::kUnion));
  EXPECT_EQ(nms(boxes, 0.5, Overlap::kMin), naive(boxes, 0.5, Overlap::kMin));
}

TEST(NmsUnit, MoreBoxesThanA16BitIndexAsTheNaiveVersion) {
  const auto boxes = random_boxes(35000, 60, 12, 200, 5);
  for (const Overlap overlap : {Overlap::kUnion, Overlap::kMin}) {
    EXPECT_EQ(nms(boxes, 0.5, overlap), naive(boxes, 0.5, overlap));
  }
}

}  // namespace
}  // namespace kith

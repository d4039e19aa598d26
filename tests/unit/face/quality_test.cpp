#include <gtest/gtest.h>
#include <kith/quality.h>

#include "model/self_test.h"

namespace kith {
namespace {

// The five points of a face from the front, the nose `turn` eye distances to the side.
Face face_of(float size_px, float turn = 0) {
  const float eyes = 0.4F * size_px;
  const cv::Point2f left(0.3F * size_px, 0.4F * size_px);
  const cv::Point2f right = left + cv::Point2f(eyes, 0);
  const cv::Point2f down(0, 0.4F * size_px);
  const cv::Point2f nose = (left + right) * 0.5F + cv::Point2f(turn * eyes, 0.48F * down.y);
  return {{0, 0, size_px, size_px}, 1, {left, right, nose, left + down, right + down}};
}

TEST(QualityUnit, EachFlawCosts) {
  const float best = quality(face_of(150), 1.1F);
  EXPECT_GT(best, 0.75F);
  EXPECT_LE(best, 1);
  EXPECT_LT(quality(face_of(150), 0.5F), 0.34F);
  EXPECT_EQ(quality(face_of(150), 1.3F), best);
  EXPECT_GT(quality(face_of(16), 0.1F), 0);
  EXPECT_GT(quality(face_of(40), 0.9F), quality(face_of(150), 0.9F)) << "which is blurred";
  Face improbable = face_of(150);
  improbable.probability = 0.5F;
  EXPECT_LT(quality(improbable, 1.1F), best - 0.05F);
}

// A smile lifts the corners of the mouth: the nose then lies at 0.75 of the way from the eyes to it.
TEST(QualityUnit, ASmileIsNoBowedHead) {
  Face smile = face_of(100);
  for (const std::size_t corner : {3U, 4U})
    smile.landmarks.at(corner).y =
        smile.landmarks[0].y + (smile.landmarks[2].y - smile.landmarks[0].y) / 0.75F;
  EXPECT_NEAR(quality(smile, 1), quality(face_of(100), 1), 0.05F);
}

}  // namespace
}  // namespace kith

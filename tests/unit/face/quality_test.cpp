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
  const Chip sharp = model::self_test_image(3, {112, 112});
  const float best = quality(face_of(150), sharp, 1);
  EXPECT_GT(best, 0.3F);
  EXPECT_LE(best, 1);
  EXPECT_LT(quality(face_of(40), sharp, 1), best / 2);
  EXPECT_LT(quality(face_of(150, 0.4F), sharp, 1), best / 2);
  EXPECT_LT(quality(face_of(150), Chip(112, 112, CV_8UC3, cv::Scalar::all(90)), 1), best / 100);
  EXPECT_LT(quality(face_of(150), sharp, 0.5F), best / 5);
  EXPECT_EQ(quality(face_of(150), sharp, 1.3F), best);
  EXPECT_GT(quality(face_of(16), sharp, 0.1F), 0);
}

}  // namespace
}  // namespace kith

#include "face/face_probability.h"

#include <gtest/gtest.h>

#include "face/face_finder.h"

namespace kith {
namespace {

TEST(FaceProbabilityUnit, EachDoubtCosts) {
  const LandmarkFit good{0.08F, 0.026F, 0.026F};
  const float best = face_probability("mtcnn", 0.999F, good);
  EXPECT_GT(best, 0.99F);
  EXPECT_LE(best, 1);
  EXPECT_LT(face_probability("mtcnn", 0.8F, good), best);
  EXPECT_LT(face_probability("mtcnn", 0.9F, LandmarkFit{0.08F, 0.14F, 0.12F}), 0.5F)
      << "the points of what is no face lie elsewhere, and follow the box";
  EXPECT_GT(face_probability("yunet", 0.75F, good), 0.9F) << "by the points";
}

TEST(FaceProbabilityUnit, WithoutPointsTheScoreDecides) {
  EXPECT_LT(face_probability("mtcnn", 0.65F, std::nullopt), 0.5F);
  EXPECT_GT(face_probability("mtcnn", 0.99F, std::nullopt), 0.99F);
  EXPECT_EQ(face_probability("scrfd", 0.6F, std::nullopt), 0.6F);
  EXPECT_LT(face_probability("mtcnn", 1, std::nullopt), 1.0001F) << "a score of 1 is no infinite odds";
}

TEST(FaceFinderUnit, TheSmallestFaceGrowsWithThePhoto) {
  EXPECT_EQ(smallest_face({640, 480}), 20);
  EXPECT_EQ(smallest_face({1920, 1080}), 20);
  EXPECT_EQ(smallest_face({3024, 4032}), 50);
  EXPECT_EQ(smallest_face({7360, 4912}), 81);
}

}  // namespace
}  // namespace kith

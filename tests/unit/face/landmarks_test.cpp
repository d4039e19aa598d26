#include <gtest/gtest.h>
#include <kith/error.h>
#include <kith/landmarks.h>

#include <opencv2/imgcodecs.hpp>

#include "support/test_data.h"

namespace kith {
namespace {

using test::installed;

// The five points of a face that was drawn by our own shape model, as MTCNN sees them, moved by `noise` px.
Face sample_face(float noise) {
  Face face{{101, 73, 134.5F, 172}, 1, {{{143, 142}, {202, 137}, {176, 172}, {155, 206}, {200, 202}}}};
  for (std::size_t i = 0; i < face.landmarks.size(); ++i) face.landmarks[i].x += i % 2 == 0 ? noise : -noise;
  return face;
}

TEST(LandmarkRefinerModel, RefusesAnotherRole) {
  KITH_NEEDS_MODEL("fr_feature");
  EXPECT_THROW(LandmarkRefiner(installed("fr_feature"), Runtime::create()), Error);
  EXPECT_THROW(LandmarkRefiner("/nowhere.onnx", Runtime::create()), Error);
}

TEST(LandmarkRefinerModel, NoFacesAndEmptyBoxes) {
  KITH_NEEDS_MODEL("landmarks-68");
  const LandmarkRefiner refiner(installed("landmarks-68"), Runtime::create());
  const cv::Mat image = cv::Mat::zeros(50, 50, CV_8UC3);
  refiner.refine(image, {});
  std::vector<Face> empty{Face{{5, 5, 0, 10}, 1, {}}};
  refiner.refine(image, empty);
  EXPECT_EQ(empty[0].landmarks[0], cv::Point2f());
}

TEST(LandmarkRefinerModel, AFaceDoesNotDependOnTheOthers) {
  KITH_NEEDS_MODEL("landmarks-68");
  const LandmarkRefiner refiner(installed("landmarks-68"), Runtime::create());
  const cv::Mat image = cv::imread((test::samples() / "raw/amara/01.jpg").string());
  ASSERT_FALSE(image.empty());
  std::vector<Face> faces{sample_face(0), sample_face(3), sample_face(-3)};
  std::vector<Face> alone{faces[1]};
  refiner.refine(image, faces);
  refiner.refine(image, alone);
  for (int i = 0; i < 5; ++i) EXPECT_LT(cv::norm(faces[1].landmarks[i] - alone[0].landmarks[i]), 1e-3);
}

TEST(LandmarkRefinerModel, AFaceTurnedFarInThePlaneKeepsItsPoints) {
  KITH_NEEDS_MODEL("landmarks-68");
  const LandmarkRefiner refiner(installed("landmarks-68"), Runtime::create());
  const cv::Mat image = cv::imread((test::samples() / "raw/amara/01.jpg").string());
  for (const double degrees : {0.0, 30.0, -30.0, 60.0, -60.0, 180.0}) {
    Face face = sample_face(0);
    const double a = std::cos(degrees * CV_PI / 180);
    const double b = std::sin(degrees * CV_PI / 180);
    for (cv::Point2f& p : face.landmarks) {
      const cv::Point2d q = cv::Point2d(p) - cv::Point2d(172, 172);
      p = cv::Point2d(172 + a * q.x - b * q.y, 172 + b * q.x + a * q.y);
    }
    std::vector<Face> faces{face};
    refiner.refine(image, faces);
    EXPECT_EQ(faces[0].landmarks == face.landmarks, std::abs(degrees) > 55) << degrees;
  }
}

TEST(LandmarkRefinerModel, FindsTheEyesInABoxMadeByHand) {
  KITH_NEEDS_MODEL("landmarks-68");
  const LandmarkRefiner refiner(installed("landmarks-68"), Runtime::create());
  const cv::Mat image = cv::imread((test::samples() / "raw/amara/01.jpg").string());
  std::vector<Face> faces{sample_face(6)};
  refiner.refine(image, faces);
  const Face truth = sample_face(0);
  for (int i = 0; i < 5; ++i) EXPECT_LT(cv::norm(faces[0].landmarks[i] - truth.landmarks[i]), 5) << i;
}

}  // namespace
}  // namespace kith

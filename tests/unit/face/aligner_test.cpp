#include <gtest/gtest.h>
#include <kith/aligner.h>
#include <kith/error.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "face/similarity_fit.h"
#include "face/triangle_resize.h"
#include "face/warp.h"
#include "model/self_test.h"

namespace kith {
namespace {

cv::Point2d apply(const cv::Matx23d& m, cv::Point2d p) {
  return {m(0, 0) * p.x + m(0, 1) * p.y + m(0, 2), m(1, 0) * p.x + m(1, 1) * p.y + m(1, 2)};
}

double squared_error(const cv::Matx23d& m, const Landmarks5& from, const Landmarks5& to) {
  double sum = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const cv::Point2d d = apply(m, from[i]) - cv::Point2d(to[i]);
    sum += d.dot(d);
  }
  return sum;
}

cv::Matx23d similarity_of(double scale, double radians, cv::Point2d shift) {
  const double a = scale * std::cos(radians);
  const double b = scale * std::sin(radians);
  return {a, -b, shift.x, b, a, shift.y};
}

TEST(SimilarityFitUnit, FindsTheMapThatMadeThePoints) {
  const Landmarks5 from = arcface_112().points;
  const cv::Matx23d truth = similarity_of(2.5, 2.2, {-40, 300});
  Landmarks5 to;
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = apply(truth, from[i]);
  EXPECT_LT(cv::norm(similarity_fit(from, to) - truth), 1e-3);
}

TEST(SimilarityFitUnit, NoSimilarityIsCloser) {
  const Landmarks5 from{{{10, 12}, {50, 8}, {31, 33}, {14, 52}, {49, 47}}};
  const Landmarks5 to = arcface_112().points;
  const cv::Matx23d fit = similarity_fit(from, to);
  const double best = squared_error(fit, from, to);
  for (const double scale : {0.98, 1.0, 1.02}) {
    for (const double turn : {-0.02, 0.0, 0.02}) {
      for (const double dx : {-1.0, 0.0, 1.0}) {
        // Turned and scaled about the middle of the target, then shifted.
        const cv::Matx23d change = similarity_of(scale, turn, {0, 0});
        const cv::Point2d middle(56, 72);
        Landmarks5 moved;
        double error = 0;
        for (std::size_t i = 0; i < from.size(); ++i) {
          const cv::Point2d p =
              apply(change, apply(fit, from[i]) - middle) + middle + cv::Point2d(dx, 0.3 * dx);
          error += (p - cv::Point2d(to[i])).dot(p - cv::Point2d(to[i]));
        }
        EXPECT_GE(error, best - 1e-6) << scale << " " << turn << " " << dx;
      }
    }
  }
}

TEST(SimilarityFitUnit, MirroredPointsAreNotReflected) {
  Landmarks5 from = arcface_112().points;
  for (cv::Point2f& p : from) p.x = -p.x;
  const cv::Matx23d fit = similarity_fit(from, arcface_112().points);
  EXPECT_GT(fit(0, 0) * fit(1, 1) - fit(0, 1) * fit(1, 0), 0);
}

TEST(SimilarityFitUnit, EqualPointsOnlyShift) {
  Landmarks5 from;
  from.fill({7, 9});
  const cv::Matx23d fit = similarity_fit(from, arcface_112().points);
  EXPECT_EQ(fit(0, 0), 1);
  EXPECT_EQ(fit(0, 1), 0);
}

// Every target pixel by four-pixel interpolation with black beyond the border.
cv::Vec3d slow_pixel(const cv::Mat& image, cv::Point2d at) {
  const int x0 = static_cast<int>(std::floor(at.x));
  const int y0 = static_cast<int>(std::floor(at.y));
  cv::Vec3d sum(0, 0, 0);
  for (const int y : {y0, y0 + 1}) {
    for (const int x : {x0, x0 + 1}) {
      if (x < 0 || y < 0 || x >= image.cols || y >= image.rows) continue;
      const double weight = (1 - std::abs(at.x - x)) * (1 - std::abs(at.y - y));
      sum += weight * cv::Vec3d(image.at<cv::Vec3b>(y, x));
    }
  }
  return sum;
}

TEST(WarpUnit, EqualsFourPixelInterpolationWhereNothingShrinks) {
  const cv::Mat image = model::self_test_image(3, {61, 47});
  const cv::Matx23d map = similarity_of(1.7, 0.4, {5.3, -11.2});
  const cv::Mat fast = warp(image, map, {90, 70});
  cv::Matx23d back;
  cv::invertAffineTransform(map, back);
  for (int y = 0; y < fast.rows; ++y) {
    for (int x = 0; x < fast.cols; ++x) {
      const cv::Vec3d slow = slow_pixel(image, apply(back, cv::Point2d(x, y)));
      // OpenCV rounds the position to 1/32 px.
      for (int c = 0; c < 3; ++c) EXPECT_NEAR(fast.at<cv::Vec3b>(y, x)[c], slow[c], 6) << x << " " << y;
    }
  }
}

TEST(WarpUnit, AWholeShrinkIsTheMean) {
  const cv::Mat image = model::self_test_image(4, {90, 60});
  // Target pixel u is source pixels 3u .. 3u + 2, whose middle is 3u + 1; and 2v, 2v + 1 with the middle 2v +
  // 0.5.
  const cv::Mat shrunk = warp(image, {1 / 3.0, 0, -1 / 3.0, 0, 0.5, -0.25}, {30, 30});
  for (int v = 0; v < 30; ++v) {
    for (int u = 0; u < 30; ++u) {
      const cv::Scalar mean = cv::mean(image(cv::Rect(3 * u, 2 * v, 3, 2)));
      for (int c = 0; c < 3; ++c) EXPECT_NEAR(shrunk.at<cv::Vec3b>(v, u)[c], mean[c], 1.01) << u << " " << v;
    }
  }
}

TEST(WarpUnit, OutsideIsBlackAndAnyPlaceWorks) {
  const cv::Mat image(40, 40, CV_8UC3, cv::Scalar::all(200));
  const cv::Mat beside = warp(image, {1, 0, 500, 0, 1, 0}, {20, 20});
  EXPECT_EQ(cv::norm(beside), 0);
  const cv::Mat corner = warp(image, {1, 0, 10, 0, 1, 10}, {20, 20});
  EXPECT_EQ(corner.at<cv::Vec3b>(5, 5), cv::Vec3b(0, 0, 0));
  EXPECT_EQ(corner.at<cv::Vec3b>(15, 15), cv::Vec3b(200, 200, 200));
}

// The triangle filter as a sum over the whole row or column.
double slow_triangle(const cv::Mat& line, int target, int i, int channel) {
  const double ratio = static_cast<double>(line.cols) / target;
  const double reach = std::max(ratio, 1.0);
  double sum = 0;
  double weights = 0;
  for (int x = 0; x < line.cols; ++x) {
    const double weight = std::max(0.0, 1 - std::abs(x + 0.5 - (i + 0.5) * ratio) / reach);
    sum += weight * line.at<cv::Vec3b>(0, x)[channel];
    weights += weight;
  }
  return sum / weights;
}

TEST(TriangleResizeUnit, RowsEqualTheSlowSum) {
  const cv::Mat image = model::self_test_image(5, {97, 1});
  for (const int width : {160, 97, 31, 7, 1}) {
    const cv::Mat resized = triangle_resize(image, {width, 1});
    for (int i = 0; i < width; ++i) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_NEAR(resized.at<cv::Vec3b>(0, i)[c], slow_triangle(image, width, i, c), 0.51)
            << width << " " << i;
      }
    }
  }
}

TEST(TriangleResizeUnit, AxesAreTreatedAlike) {
  const cv::Mat image = model::self_test_image(6, {53, 53});
  const cv::Mat turned = triangle_resize(image.t(), {20, 31}).t();
  cv::Mat difference;
  cv::absdiff(triangle_resize(image, {31, 20}), turned, difference);
  double most = 0;
  cv::minMaxLoc(difference.reshape(1), nullptr, &most);
  EXPECT_LE(most, 1);  // the order of the two roundings differs
}

Face face_at(cv::Rect2f box) {
  Face face{box, 1, {}};
  const ChipGeometry geometry = arcface_112();
  for (std::size_t i = 0; i < face.landmarks.size(); ++i) {
    face.landmarks[i] = box.tl() + cv::Point2f(geometry.points[i].x * box.width / 112,
                                               geometry.points[i].y * box.height / 112);
  }
  return face;
}

TEST(AlignerUnit, PutsTheLandmarksOnTheTemplate) {
  cv::Mat image = cv::Mat::zeros(400, 500, CV_8UC3);
  const ChipGeometry geometry = arcface_112();
  const cv::Matx23d place = similarity_of(2, 0.5, {220, 60});
  Face face;
  for (std::size_t i = 0; i < face.landmarks.size(); ++i) {
    face.landmarks[i] = apply(place, geometry.points[i]);
    cv::circle(image, face.landmarks[i], 4, cv::Scalar::all(255), cv::FILLED);
  }
  const Chip chip = align(image, face, geometry);
  ASSERT_EQ(chip.size(), geometry.size);
  for (const cv::Point2f& p : geometry.points) {
    const cv::Mat around = chip(cv::Rect(cvRound(p.x) - 4, cvRound(p.y) - 4, 9, 9));
    cv::Mat grey;
    cv::cvtColor(around, grey, cv::COLOR_BGR2GRAY);
    const cv::Moments m = cv::moments(grey);
    EXPECT_NEAR(m.m10 / m.m00 + cvRound(p.x) - 4, p.x, 0.3);
    EXPECT_NEAR(m.m01 / m.m00 + cvRound(p.y) - 4, p.y, 0.3);
  }
}

TEST(AlignerUnit, BoxCropCutsWholePixelsAndStretches) {
  const cv::Mat image = model::self_test_image(7, {200, 150});
  // 20.7 - 16 -> 4, 30.2 - 16 -> 14, 20.7 + 60.5 + 16 -> 97, 30.2 + 80.1 + 16 -> 126.
  const Chip chip = align(image, face_at({20.7F, 30.2F, 60.5F, 80.1F}), box_crop(160, 32));
  const cv::Mat expected = triangle_resize(image(cv::Rect(4, 14, 93, 112)), {160, 160});
  EXPECT_EQ(cv::norm(chip, expected, cv::NORM_INF), 0);
}

TEST(AlignerUnit, BoxCropClipsAtTheBorder) {
  const cv::Mat image = model::self_test_image(8, {100, 100});
  const Chip chip = align(image, face_at({-30, -20, 60, 60}), box_crop(160, 32));
  EXPECT_EQ(cv::norm(chip, triangle_resize(image(cv::Rect(0, 0, 46, 56)), {160, 160}), cv::NORM_INF), 0);
  EXPECT_EQ(align(image, face_at({99.5F, 99.5F, 50, 50}), box_crop(160, 0)).size(), cv::Size(160, 160));
  EXPECT_THROW(align(image, face_at({150, 150, 20, 20}), box_crop(160, 32)), Error);
}

TEST(AlignerUnit, RefusesOtherPictures) {
  EXPECT_THROW(align(cv::Mat::zeros(50, 50, CV_8UC1), face_at({0, 0, 40, 40}), arcface_112()), Error);
  EXPECT_THROW(align(cv::Mat(), face_at({0, 0, 40, 40}), arcface_112()), Error);
}

TEST(AlignerUnit, MainFaceIsLargeAndCentral) {
  const std::vector<Face> faces{face_at({0, 0, 50, 50}), face_at({80, 80, 40, 40}),
                                face_at({150, 0, 45, 45})};
  EXPECT_EQ(main_face(faces, {200, 200}), 1U);
  const std::vector<Face> large{face_at({90, 90, 20, 20}), face_at({20, 20, 120, 120})};
  EXPECT_EQ(main_face(large, {200, 200}), 1U);
}

TEST(AlignerUnit, CentreChipOfOddPictures) {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(250, 250), cv::Size(640, 3), cv::Size(5, 999)}) {
    EXPECT_EQ(centre_chip(model::self_test_image(9, size), arcface_112()).size(), cv::Size(112, 112));
  }
}

TEST(AlignerUnit, DescribesGeometry) {
  EXPECT_EQ(describe(arcface_112()), "112x112 5-point template");
  EXPECT_EQ(describe(box_crop(160, 32)), "160x160 box crop, margin 32");
}

}  // namespace
}  // namespace kith

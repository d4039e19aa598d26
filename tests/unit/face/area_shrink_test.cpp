#include "face/area_shrink.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "unit/face/mtcnn_slow.h"

namespace kith {
namespace {

cv::Mat noise(cv::Size size) {
  cv::Mat image(size, CV_8UC3);
  cv::RNG random(7);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

const std::vector<cv::Size> kSizes{{97, 61}, {48, 31}, {96, 60}, {50, 1}, {1, 1}, {33, 60}, {12, 7}, {97, 7}};

TEST(AreaShrinkUnit, IsTheMeanOfTheAreaCovered) {
  const cv::Mat image = noise({97, 61});
  std::vector<ShrunkRows> targets;
  for (const cv::Size size : kSizes) targets.push_back({size, {0, size.height}, {}});
  area_shrink(image, targets, CV_32FC3, 1);
  for (const ShrunkRows& target : targets) {
    cv::Mat slow;
    test::slow_shrink(image, target.size, false).convertTo(slow, CV_32F);
    EXPECT_LT(cv::norm(target.pixels, slow, cv::NORM_INF), 2e-3) << target.size;
  }
}

TEST(AreaShrinkUnit, AsOpenCvToOneGreyLevel) {
  const cv::Mat image = noise({640, 361});
  for (const double scale : {0.999, 0.6, 0.5, 0.4254, 0.25, 0.1, 0.034}) {
    const cv::Size size(static_cast<int>(std::ceil(640 * scale)), static_cast<int>(std::ceil(361 * scale)));
    ShrunkRows target{size, {0, size.height}, {}};
    area_shrink(image, {&target, 1}, CV_8UC3, 2);
    cv::Mat theirs;
    cv::Mat difference;
    cv::resize(image, theirs, size, 0, 0, cv::INTER_AREA);
    cv::absdiff(target.pixels, theirs, difference);
    EXPECT_LE(cv::norm(difference, cv::NORM_INF), 1) << scale;  // they round sums in another order
    EXPECT_LT(cv::countNonZero(difference.reshape(1)), 3 + static_cast<int>(size.area()) / 500) << scale;
  }
}

TEST(AreaShrinkUnit, RowsAndThreadsDoNotMatter) {
  const cv::Mat image = noise({201, 333});
  const cv::Size size(77, 121);
  ShrunkRows whole{size, {0, 121}, {}};
  area_shrink(image, {&whole, 1}, CV_8UC3, 1);
  std::vector<ShrunkRows> parts{
      {size, {0, 1}, {}}, {size, {1, 50}, {}}, {size, {40, 121}, {}}, {{1, 2}, {0, 2}, {}}};
  for (const int threads : {1, 2, 7}) {
    area_shrink(image, parts, CV_8UC3, threads);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(cv::norm(parts[i].pixels, whole.pixels.rowRange(parts[i].rows), cv::NORM_INF), 0)
          << i << ' ' << threads;
    }
  }
}

TEST(AreaShrinkUnit, PartOfALargerPicture) {
  const cv::Mat image = noise({90, 80});
  const cv::Mat part = image(cv::Rect(11, 13, 60, 50));
  ShrunkRows view{{24, 24}, {0, 24}, {}};
  ShrunkRows copy{{24, 24}, {0, 24}, {}};
  area_shrink(part, {&view, 1}, CV_32FC3, 1);
  area_shrink(part.clone(), {&copy, 1}, CV_32FC3, 1);
  EXPECT_EQ(cv::norm(view.pixels, copy.pixels, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace kith

#include "face/warp.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace kith {
namespace {

// How many source pixels one target pixel covers along the source's x (column 0) or y (column 1).
double shrink(const cv::Matx23d& map, int column) {
  const double scale = std::hypot(map(0, column), map(1, column));
  return scale > 0 ? 1 / scale : 1;
}

// The part of the picture that the target shows, one target pixel wider on each side; empty where they do not
// meet.
cv::Rect footprint(const cv::Matx23d& to_target, cv::Size size, cv::Size image) {
  cv::Matx23d back;
  cv::invertAffineTransform(to_target, back);
  double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
  for (const double u : {-1.5, size.width + 0.5}) {
    for (const double v : {-1.5, size.height + 0.5}) {
      const double x = back(0, 0) * u + back(0, 1) * v + back(0, 2);
      const double y = back(1, 0) * u + back(1, 1) * v + back(1, 2);
      x0 = std::min(x0, x), x1 = std::max(x1, x);
      y0 = std::min(y0, y), y1 = std::max(y1, y);
    }
  }
  const auto clip = [](double v, int limit) {
    return static_cast<int>(std::clamp(v, 0.0, static_cast<double>(limit)));
  };
  const cv::Point from(clip(std::floor(x0), image.width), clip(std::floor(y0), image.height));
  const cv::Point to(clip(std::ceil(x1) + 1, image.width), clip(std::ceil(y1) + 1, image.height));
  return {from, to};
}

}  // namespace

cv::Mat warp(const cv::Mat& image, const cv::Matx23d& to_target, cv::Size size) {
  const cv::Rect seen = footprint(to_target, size, image.size());
  if (seen.empty()) return cv::Mat::zeros(size, CV_8UC3);
  // Whole factors: an exact mean of k x l pixels. What is left to the interpolation is a shrink of less
  // than 2.
  const int k = std::clamp(static_cast<int>(shrink(to_target, 0)), 1, seen.width);
  const int l = std::clamp(static_cast<int>(shrink(to_target, 1)), 1, seen.height);
  cv::Mat source = image(seen);
  cv::Matx23d map = to_target;
  map(0, 2) += map(0, 0) * seen.x + map(0, 1) * seen.y;
  map(1, 2) += map(1, 0) * seen.x + map(1, 1) * seen.y;
  if (k > 1 || l > 1) {
    // A rest of a few pixels on the right and below is made whole by repeating the last ones.
    const cv::Size small((seen.width + k - 1) / k, (seen.height + l - 1) / l);
    cv::Mat whole;
    cv::copyMakeBorder(source, whole, 0, small.height * l - seen.height, 0, small.width * k - seen.width,
                       cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
    cv::Mat shrunk;
    cv::resize(whole, shrunk, small, 0, 0, cv::INTER_AREA);
    source = shrunk;
    // Small pixel i is the mean of source pixels k i .. k i + k - 1, whose middle is k i + (k - 1) / 2.
    for (int row = 0; row < 2; ++row) {
      map(row, 2) += map(row, 0) * (k - 1) / 2.0 + map(row, 1) * (l - 1) / 2.0;
      map(row, 0) *= k;
      map(row, 1) *= l;
    }
  }
  cv::Mat target;
  cv::warpAffine(source, target, map, size, cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar());
  return target;
}

}  // namespace kith

#include "face/triangle_resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace kith {
namespace {

// What one target pixel takes from the source: weights (sum 1) of the pixels from `first` on.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Taps> make_taps(int source, int target) {
  const double ratio = static_cast<double>(source) / target;
  const double reach = std::max(ratio, 1.0);
  std::vector<Taps> all(static_cast<std::size_t>(target));
  for (int i = 0; i < target; ++i) {
    const double centre = (i + 0.5) * ratio;
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.first = std::max(0, static_cast<int>(centre - reach + 0.5));
    const int end = std::min(source, static_cast<int>(centre + reach + 0.5));
    double sum = 0;
    for (int x = taps.first; x < end; ++x) {
      const double weight = std::max(0.0, 1 - std::abs((x - centre + 0.5) / reach));
      taps.weights.push_back(static_cast<float>(weight));
      sum += weight;
    }
    for (float& weight : taps.weights) weight = static_cast<float>(weight / sum);
  }
  return all;
}

// Resizes each row to `width`.
cv::Mat resize_rows(const cv::Mat& image, int width) {
  cv::Mat out(image.rows, width, CV_8UC3);
  const std::vector<Taps> all = make_taps(image.cols, width);
  for (int y = 0; y < image.rows; ++y) {
    const auto* row = image.ptr<cv::Vec3b>(y);
    auto* target = out.ptr<cv::Vec3b>(y);
    for (const Taps& taps : all) {
      cv::Vec3f sum(0, 0, 0);
      for (std::size_t k = 0; k < taps.weights.size(); ++k) {
        const cv::Vec3b& pixel = row[taps.first + static_cast<int>(k)];
        for (int c = 0; c < 3; ++c) sum[c] += taps.weights[k] * static_cast<float>(pixel[c]);
      }
      for (int c = 0; c < 3; ++c) (*target)[c] = static_cast<std::uint8_t>(std::min(sum[c] + 0.5F, 255.0F));
      ++target;
    }
  }
  return out;
}

}  // namespace

cv::Mat triangle_resize(const cv::Mat& image, cv::Size size) {
  const cv::Mat turned = resize_rows(image, size.width).t();
  return resize_rows(turned, size.height).t();
}

}  // namespace kith

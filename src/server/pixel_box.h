// PixelBox: a face's box in whole pixels of its picture, as CompreFace and DeepStack tell it.
#pragma once

#include <algorithm>
#include <cmath>
#include <opencv2/core/types.hpp>

namespace kith::server {

struct PixelBox {
  int x_min = 0, y_min = 0, x_max = 0, y_max = 0;
};

/// Inside the picture.
inline PixelBox pixel_box(const cv::Rect2f& box, cv::Size picture) {
  const auto pixel = [](float value, int most) {
    return std::clamp(static_cast<int>(std::lround(value)), 0, most);
  };
  return {pixel(box.x, picture.width), pixel(box.y, picture.height), pixel(box.x + box.width, picture.width),
          pixel(box.y + box.height, picture.height)};
}

}  // namespace kith::server

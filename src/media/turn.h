// Turn: how a stored picture becomes upright.
#pragma once

#include <opencv2/core.hpp>

namespace kith {

/// How a picture must be turned to stand upright: first mirrored left to right, then turned clockwise.
struct Turn {
  bool mirror = false;
  int quarter_turns = 0;  // 0..3, clockwise
  bool operator==(const Turn&) const = default;
};

/// @return the turned picture; the same one when there is nothing to do.
cv::Mat turned(const cv::Mat& image, Turn turn);

}  // namespace kith

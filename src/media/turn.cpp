#include "media/turn.h"

namespace kith {

cv::Mat turned(const cv::Mat& image, Turn turn) {
  constexpr int kCodes[] = {0, cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE};
  cv::Mat mirrored = image, upright;
  if (turn.mirror) {
    mirrored = cv::Mat();
    cv::flip(image, mirrored, 1);
  }
  if (turn.quarter_turns == 0) return mirrored;
  cv::rotate(mirrored, upright, kCodes[turn.quarter_turns]);
  return upright;
}

}  // namespace kith

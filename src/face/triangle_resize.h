// triangle_resize: stretches a picture as Pillow's BILINEAR filter does, on which the tutorial's crops rest.
#pragma once

#include <opencv2/core.hpp>

namespace kith {

/// A triangle as wide as one target pixel on each side (one source pixel when enlarging), rows first, then
/// columns, each rounded to whole values: Pillow src/libImaging/Resample.c. OpenCV has no such filter.
/// @param image  CV_8UC3, not empty.
cv::Mat triangle_resize(const cv::Mat& image, cv::Size size);

}  // namespace kith

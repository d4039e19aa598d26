// warp: a picture seen through an affine map, without aliasing. Chips and landmark crops are cut by it.
#pragma once

#include <opencv2/core.hpp>

namespace kith {

/// Shrinks before it interpolates where the map makes things much smaller: plain bilinear interpolation reads
/// only four pixels however many there are, and a chip then depends on where the face happened to lie on the
/// pixel grid.
/// @param image         CV_8UC3.
/// @param to_target     picture px -> target px, pixel centres at integer coordinates; any invertible map.
/// @return CV_8UC3 of the given size; black where the picture does not reach.
cv::Mat warp(const cv::Mat& image, const cv::Matx23d& to_target, cv::Size size);

}  // namespace kith

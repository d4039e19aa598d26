// Shrinks one picture to many sizes by area averaging, reading it once.
#pragma once

#include <opencv2/core.hpp>
#include <span>

namespace kith {

/// Some rows of a picture shrunk to `size`.
struct ShrunkRows {
  cv::Size size;   // of the whole shrunk picture, px; neither side longer than the picture's
  cv::Range rows;  // which of its rows are wanted
  cv::Mat pixels;  // result: rows.size() x size.width; allocated by area_shrink as `type`
};

/// Each result pixel is the mean of the area that it covers, pixels at its edges counted by the part covered:
/// what cv::resize(INTER_AREA) computes (to its rounding), but the columns are summed once for all sizes.
/// @param image    CV_8UC3, up to 2^23 rows.
/// @param targets  any number, each with size and rows set.
/// @param type     CV_8UC3 (rounded) or CV_32FC3.
/// @param threads  how many threads of OpenCV's pool may work on it; 1 = the caller alone.
void area_shrink(const cv::Mat& image, std::span<ShrunkRows> targets, int type, int threads);

}  // namespace kith

// JPEG by libjpeg itself: OpenCV's reader shows what there is of a cut-off file without a word, and prints on
// stderr.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

#include "media/image_format.h"

namespace kith {

/// @return CV_8UC3 BGR as stored (not turned). The same pixels as cv::imdecode.
/// @throws Error kCorrupt (damaged or cut off), kUnsupported (12-bit, lossless, ...), without a file name.
cv::Mat decode_jpeg(std::string_view bytes, std::uint64_t max_pixels = kMaxPixels);

/// @param picture  CV_8UC3 BGR, not empty. @param quality  libjpeg's scale, 1..100; colour at half size, as cameras do.
std::string encode_jpeg(const cv::Mat& picture, int quality);

}  // namespace kith

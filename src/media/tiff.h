// TIFF by libtiff itself: OpenCV's reader turns some of the pictures that state an orientation, takes CMYK for a
// picture with alpha, and prints on stderr.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string_view>

namespace kith {

/// The first picture of a TIFF or BigTIFF file.
/// @return CV_8UC3 BGR as stored (not turned when the file states no orientation, see set_upright), alpha blended onto
/// white; of floats as many channels as there are, CV_32F.
/// @throws Error kCorrupt, kUnsupported, without a file name.
cv::Mat decode_tiff(std::string_view bytes, std::uint64_t max_pixels);

}  // namespace kith

// Pictures as bytes.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

#include "media/image_format.h"

namespace kith {

/// As read_image, of what is in memory. @param name  what messages start with.
/// @param max_pixels  a picture that states more is refused before it is decoded: kUnsupported.
cv::Mat decode_image(std::string_view bytes, const std::string& name, std::uint64_t max_pixels = kMaxPixels);

}  // namespace kith

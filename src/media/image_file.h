// Pictures as bytes.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <string_view>

namespace kith {

/// As read_image, of what is in memory. @param name  what messages start with.
cv::Mat decode_image(std::string_view bytes, const std::string& name);

}  // namespace kith

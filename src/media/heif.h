// HEIC and AVIF by libheif.
#pragma once

#include <opencv2/core.hpp>
#include <string_view>

#include "media/metadata.h"

namespace kith {

/// The primary picture of a file.
/// @return CV_8UC3 BGR, upright: cropped, turned and mirrored as the file says (its EXIF orientation is not to be followed
/// as well, ISO/IEC 23008-12), more than 8 bits brought to 8, alpha blended onto white.
/// @throws Error kCorrupt, kUnsupported (no decoder for it in this libheif, ...), without a file name.
cv::Mat decode_heif(std::string_view bytes, std::uint64_t max_pixels);

/// What the file says beside the picture; empty for one that cannot be read.
PictureMetadata heif_metadata(std::string_view bytes);

}  // namespace kith

// EXIF orientation: how a camera was held.
#pragma once

#include <string_view>

#include "media/image_format.h"
#include "media/turn.h"

namespace kith {

/// What turns the stored picture upright, from the EXIF block of a JPEG, PNG, WebP or TIFF file; nothing to
/// do when there is none, or none that can be read.
Turn exif_turn(ImageFormat format, std::string_view bytes);

}  // namespace kith

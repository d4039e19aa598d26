// EXIF: how a camera was held, and what a file that is made from another's says of it.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <string_view>

#include "media/turn.h"

namespace kith {

/// @param block  an EXIF block (a TIFF structure as CIPA DC-008 uses it), or a whole TIFF or BigTIFF file.
/// @return what turns the stored picture upright; nothing to do where none is stated, or none that can be read.
Turn exif_turn(std::string_view block);

/// Changes the block to say that the picture stands as it is stored.
void set_upright(std::string& block);

/// Makes the block that of an upright copy: nothing to turn, `size` px, without the thumbnail, which shows the picture
/// as it was. All else (dates, places, the camera's own notes) stays where it is.
void adapt_exif(std::string& block, cv::Size size);

/// Whether a TIFF file holds what a sensor saw (DNG, NEF, CR2, ARW, ...) beside a small picture of it.
bool is_camera_raw(std::string_view tiff);

}  // namespace kith

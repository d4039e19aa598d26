// Text in any script as a mask, by Pango (shaping, direction and a font for every script that the machine has
// one for).
#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace kith {

/// @param text       one line of UTF-8; what is not UTF-8 is replaced.
/// @param height_px  of the font, >= 4.
/// @return CV_8UC1, 255 where there is ink; as wide as the text, with the line's full height. Safe to call
/// from several threads.
cv::Mat render_text(const std::string& text, int height_px);

/// Whether the machine has a font for every letter; for others there would be boxes. As safe.
bool can_render(const std::string& text);

}  // namespace kith

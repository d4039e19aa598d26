// Times of a video as people read them.
#pragma once

#include <string>

namespace kith {

/// "0:01:23.4": hours, minutes, seconds and tenths, cut off.
std::string clock_text(double ms);

}  // namespace kith

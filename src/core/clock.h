// Times as people read them.
#pragma once

#include <string>

namespace kith {

/// Of a video: "0:01:23.4": hours, minutes, seconds and tenths, cut off.
std::string clock_text(double ms);

/// Now as "2026-11-24T12:00:00Z".
std::string utc_text();

}  // namespace kith

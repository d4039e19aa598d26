// Times of a video and of the day, as text.
#pragma once

#include <chrono>
#include <string>

namespace kith {

/// Of a video: "0:01:23.4": hours, minutes, seconds and tenths, cut off.
std::string clock_text(double ms);

/// "2026-11-26T03:10:00Z": ISO 8601 in UTC, to the second.
std::string utc_text(std::chrono::system_clock::time_point time = std::chrono::system_clock::now());

}  // namespace kith

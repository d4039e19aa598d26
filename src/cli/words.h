// Counts and columns in what verbs print.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/letters.h"

namespace kith::cli {

/// "1 photo", "2 photos".
inline std::string counted(std::int64_t n, const std::string& thing) {
  return std::to_string(n) + " " + thing + (n == 1 ? "" : "s");
}

/// With blanks behind it, or before it, up to so many letters; a longer text stays as it is. (Wide scripts come out uneven,
/// which costs looks only.)
inline std::string padded(const std::string& text, std::size_t width, bool right = false) {
  const std::string space(width - std::min(width, letter_count(text)), ' ');
  return right ? space + text : text + space;
}

}  // namespace kith::cli

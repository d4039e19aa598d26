// Letters of UTF-8 text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace kith {

/// Whether a letter begins at this byte, or the one before goes on.
constexpr bool begins_letter(char c) { return (c & 0xC0) != 0x80; }

/// How many there are. (An accent may be one of its own: NFD.)
inline std::size_t letter_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_letter));
}

}  // namespace kith

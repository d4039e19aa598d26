// How far one word is from another, for "did you mean".
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kith {

/// The letters of UTF-8 text, ASCII in lower case: a byte that does not continue a letter starts one.
std::vector<std::string> letters(const std::string& text);
/// Levenshtein distance of these letters.
std::size_t edit_distance(const std::string& a, const std::string& b);

}  // namespace kith

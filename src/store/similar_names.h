// Names like one that is not there, for messages.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace kith {

/// " (did you mean Ada?)", with up to three of `names` that differ from `wanted` by few letters, nearest
/// first; else, for a handful of names, " (known: Ada, Bea)"; else empty.
std::string suggest(const std::string& wanted, std::span<const std::string> names);

/// Levenshtein distance, letter by letter of UTF-8, ASCII case ignored.
std::size_t edit_distance(const std::string& a, const std::string& b);

}  // namespace kith

// Names like one that is not there, for messages.
#pragma once

#include <span>
#include <string>

namespace kith {

/// " (did you mean Ada?)", with up to three of `names` that differ from `wanted` by few letters, nearest
/// first; else, for a handful of names, " (known: Ada, Bea)"; else empty.
std::string suggest(const std::string& wanted, std::span<const std::string> names);

}  // namespace kith

// Films that are nothing but JPEGs one after the other, told from photos.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace kith {

/// The first bytes of an input: as many as asked for, fewer only where there are no more.
using Peek = std::function<std::string_view(std::size_t bytes)>;

/// Whether a second picture of the same size follows the first. Phones put smaller ones (previews, gain maps) and
/// second views after their photos, and say so in them (CIPA DC-007, "MPF"): those are photos.
bool is_jpeg_film(const Peek& peek);

}  // namespace kith

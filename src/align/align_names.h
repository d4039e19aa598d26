// Which chip belongs to which photo: the same tree, and no two photos with one chip.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// @param photos   paths below the input folder ("amara/01.jpg"), by name.
/// @param claimed  names that are taken, each by the photo with this index, or by none of them (-1).
/// @return a name a photo, without ".png": "amara/01"; where two photos share a stem, the first in order
/// keeps it and the
///         others are named with their extension ("amara/01.jpeg").
std::vector<std::string> chip_names(std::span<const std::filesystem::path> photos,
                                    const std::map<std::string, std::ptrdiff_t>& claimed);

}  // namespace kith

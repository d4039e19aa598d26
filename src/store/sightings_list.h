// The sightings files that were made with a gallery, one path a line in GALLERY.sightings beside it: where
// `kith forget` looks for a person.
#pragma once

#include <filesystem>
#include <vector>

namespace kith {

/// Adds a file to the gallery's list, once. @throws Error kIo.
void list_sightings(const std::filesystem::path& people, const std::filesystem::path& sightings);
/// Those that are still there and those that are not, absolute. @throws Error kIo.
std::vector<std::filesystem::path> listed_sightings(const std::filesystem::path& people);

}  // namespace kith

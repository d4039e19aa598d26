// Places: the files and folders that hold what a gallery's people look like or are called, as they were written with it.
// `forget` looks there. They are a table of the gallery; where there is no gallery yet, a list GALLERY.sightings beside
// where it will be, which the gallery takes over.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kith {

class Database;

enum class PlaceKind {
  kSightings,  // faces, vectors, names
  kSidecar,    // --json, --csv, --srt: names
  kPage,       // sheets of faces, with names
  kChips,      // a folder of chips
  kCopies,     // pictures and films with names drawn into them
};
/// "sightings", "sidecar", ...
const char* to_string(PlaceKind kind);

struct NotedPlace {
  PlaceKind kind = PlaceKind::kSightings;
  std::filesystem::path path;  // absolute

  bool operator==(const NotedPlace&) const = default;
};

/// Notes a place, once. Processes may do so at the same time.
/// @throws Error as Gallery::open; kIo when it cannot be noted.
void note_place(const std::filesystem::path& people, PlaceKind kind, const std::filesystem::path& path);
/// By path. @throws Error as Gallery::open.
std::vector<NotedPlace> noted_places(const std::filesystem::path& people);
/// Takes places out: they are erased, or somewhere else.
void strike_places(const std::filesystem::path& people, const std::vector<std::filesystem::path>& paths);
/// The places of a gallery's file go into the database that takes the file's place.
void copy_places(const std::filesystem::path& people, Database& to);

}  // namespace kith

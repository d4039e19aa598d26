// Sightings: the tracks that `kith recognize --sightings` keeps, in one crash-safe file (SQLite;
// docs/formats.md). It holds faces: made on request only, readable by its owner only, and what is erased is
// overwritten.
#pragma once

#include <kith/gallery.h>
#include <kith/identifier.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace kith {

/// One track.
struct Sighting {
  std::int64_t id = 0;  // within the file; set by Sightings
  std::string source;   // absolute path; a camera or URL as given
  std::string sidecar;  // absolute path of what --json wrote, or empty
  int track = 0;        // its id in the sidecar
  std::optional<std::string> name;
  IdentityState state = IdentityState::kUnknown;
  float confidence = 0;  // [0, 1]
  double first_ms = 0, last_ms = 0;
  std::int64_t frames = 0;            // in which a face of it was found
  float quality = 0;                  // of its best look, [0, 1] (quality.h)
  Embedding embedding;                // fused, a unit vector of the file's embedder
  std::vector<unsigned char> chip;    // the best one as JPEG; may be empty
  std::optional<std::int64_t> group;  // by kith cluster; ids are never used twice in a file
};

/// An open sightings file. Every change is one transaction. Not thread-safe; several processes may add at the
/// same time.
class Sightings {
 public:
  using Pair = std::pair<std::int64_t, std::int64_t>;

  /// @throws Error kNotFound, kCorrupt (not a sightings file, damaged), kUnsupported (newer format), kIo.
  static Sightings open(const std::filesystem::path& path);
  /// Makes the file, mode 0600, when there is none. @throws Error also kInvalidArgument when it is bound to
  /// another embedder.
  static Sightings open_or_create(const std::filesystem::path& path, const Gallery::Binding& binding);
  ~Sightings();
  Sightings(Sightings&&) noexcept;
  Sightings& operator=(Sightings&&) noexcept;

  const std::filesystem::path& path() const;
  const Gallery::Binding& binding() const;
  /// @throws Error kInvalidArgument naming both embedders and what to do when `identity` is not the file's.
  void require(const std::string& identity, const std::string& embedder_name) const;

  /// In the order in which they were added.
  std::vector<Sighting> all();
  /// Pairs of ids, smaller first, that were seen beside each other in one picture: two people.
  std::set<Pair> together();

  /// Forgets what these sources showed earlier, then adds. @return the ids of `added`, in order.
  /// @throws Error kInvalidArgument (dimension, no unit vector), kIo.
  std::vector<std::int64_t> add(const std::set<std::string>& replaced_sources,
                                std::span<const Sighting> added);
  void add_together(const std::set<Pair>& pairs);

  /// The largest group id that was ever given.
  std::int64_t last_group();
  /// Replaces all groups. @param groups  id -> group; whoever is not in it has none.
  void set_groups(const std::map<std::int64_t, std::int64_t>& groups);
  /// A person has said who these are.
  void set_name(std::span<const std::int64_t> ids, const std::string& name);
  /// Erases, really: rows are overwritten and the file is written anew without them. @return how many.
  std::int64_t erase(const std::string& name);

 private:
  struct Impl;
  explicit Sightings(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith

// Gallery: the people that Kith knows, in one crash-safe file (people.kith, SQLite; docs/formats.md).
#pragma once

#include <kith/embedder.h>
#include <kith/export.h>
#include <kith/identifier.h>
#include <kith/person.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// What a gallery held at one moment. It stays as it is whatever becomes of the gallery, and any thread may read it.
struct Snapshot {
  std::shared_ptr<const std::vector<Person>> people;  // by name (byte order); never null
  Binding binding;
  double far = 1e-3;          // Gallery::far
  std::uint64_t version = 0;  // Gallery::version
};

/// What a person's folders of photos hold now (Gallery::update).
struct PersonUpdate {
  std::string name;
  std::vector<Sample> samples;  // of the photos there; `source` an absolute path
  std::vector<std::string>
      folders;                    // absolute paths: an enrolled photo whose source lies below one of them and
  std::set<std::string> present;  // is not among these is gone, and is taken out
};

/// What an update did to a person.
struct PersonChange {
  std::string name;
  bool is_new = false;
  int photos = 0;                             // enrolled now
  int added = 0, changed = 0, removed = 0;    // photos; changed: seen with other networks or settings
  std::vector<std::string> rejected_sources;  // not enrolled: noted as not this person's (Gallery::reject)
};

/// An open people.kith. Every change is one transaction: after a crash the file holds the state before or after it, and
/// after an error this object too. A change starts from what is in the file, also where another process has changed it
/// meanwhile. Names are kept in one spelling (NFC, no blanks around them) and found by any.
/// Thread-safe: all calls may be made from several threads without further locking. What people() and find() return lasts
/// until this object's next change or snapshot(); whoever shares a gallery between threads holds a snapshot() instead.
/// Several processes may read while one writes; writers wait for each other for up to 5 s.
class KITH_EXPORT Gallery {
 public:
  using Binding = kith::Binding;
  using Snapshot = kith::Snapshot;

  /// Opens an existing file.
  /// @throws Error kNotFound, kCorrupt (not a Kith gallery, damaged, another program's file), kUnsupported (newer
  ///         format), kIo (no permission, locked by another process for longer than 5 s).
  static Gallery open(const std::filesystem::path& path);
  /// Opens a file, or stands for one that the first change makes, mode 0600: whoever comes first makes it, the others find
  /// it. @throws Error as open() but kNotFound; kInvalidArgument for a file of another embedder; kIo when no file can be
  /// made there.
  static Gallery open_or_create(const std::filesystem::path& path, const Binding& binding);
  /// An empty gallery in memory that takes the place of `path` at commit_replacement(); until then the file, which need
  /// not exist, is untouched.
  /// @throws Error kInvalidArgument when the file there is not a gallery, kIo when its folder cannot be written.
  static Gallery replace(const std::filesystem::path& path, const Binding& binding);
  /// An empty gallery that never becomes a file: for trying out.
  static Gallery in_memory(const Binding& binding);
  ~Gallery();
  Gallery(Gallery&&) noexcept;
  Gallery& operator=(Gallery&&) noexcept;

  const Binding& binding() const;
  /// @throws Error kInvalidArgument naming both embedders when `identity` is not the gallery's.
  void require(const std::string& identity, const std::string& embedder_name) const;

  /// The people as they are in the file now. @throws Error as open() when another process has changed it and it cannot be
  /// read; earlier snapshots stay valid.
  Snapshot snapshot();
  /// Another number whenever the people may be others, also by another process: a few microseconds, to be asked once a
  /// frame. Never fails: a file that cannot be looked at has not changed.
  std::uint64_t version();

  /// By name (byte order), as of the last change or snapshot().
  const std::vector<Person>& people() const;
  const Person* find(const std::string& name) const;

  /// Adds samples to a person, who is created if new; pictures already enrolled for that person (same, non-empty
  /// checksum) are skipped. @return how many were added.
  /// @throws Error kInvalidArgument (no name for a person, dimension, no unit vector), kIo.
  int add(const std::string& name, std::span<const Sample> samples);
  /// The same for many people in one transaction.
  void add_all(std::span<const Person> people);
  /// Folders of photos are seen again: whoever and whatever is not in them stays, photos that are gone from a person's
  /// folder go, photos rejected for the person stay out. A person never loses the last photo this way.
  /// @param far  as set_far(), in the same transaction. @return one change an update, in order. @throws Error as add().
  std::vector<PersonChange> update(std::span<const PersonUpdate> updates, std::optional<double> far = {});
  /// Takes a person out; kept for undo() until the next change. @throws Error kNotFound, naming similar names.
  void remove(const std::string& name);
  /// Takes photos of a person out, by source as Sample::source has them. @return how many.
  /// @throws Error kNotFound (no such person), kInvalidArgument (nobody stays without a photo: remove() the person).
  int remove_photos(const std::string& name, std::span<const std::string> sources);
  /// Renames; onto an existing name the two are merged. @throws Error kNotFound, kInvalidArgument.
  void rename(const std::string& from, const std::string& to);
  /// Notes that these faces are not this person's: from then on neither they nor faces more like them than like the
  /// person get the name. One that is enrolled as the person's (same checksum) is no longer.
  /// @return how many were new. @throws Error kNotFound, kInvalidArgument (also: the person's last photo), kIo.
  int reject(const std::string& name, std::span<const Sample> faces);
  /// Takes rejections back, by source as Person::rejected has them. @return how many. @throws Error kNotFound, kIo.
  int accept(const std::string& name, std::span<const std::string> sources);
  /// The false-accept rate that this gallery's people are named at unless a run says otherwise.
  double far() const;
  void set_far(double far);

  /// A change that was made, in words: "removed Ada (14 photos)".
  struct LastChange {
    std::string what;
    std::string at;  // ISO 8601, UTC
  };
  /// Takes the last change of the file back, whoever made it. Only once: what was before that change is not kept.
  /// @throws Error kNotFound: there is none.
  LastChange undo();

  /// Erases a person, really: also what undo() keeps, and in the backup that commit_replacement() left. Rows are
  /// overwritten. @return how many faces were erased; 0: nobody had this name. @throws Error as open().
  int erase(const std::string& name);
  /// How many faces erase() would erase.
  int count_faces(const std::string& name);

  /// Moves a replacement into place, after which this is the open gallery of that file; the old file stays beside it as
  /// backup_of(). Else, and in memory, does nothing.
  /// @throws Error kIo (full disk, permissions, a gallery in use); the old file is then untouched.
  void commit_replacement();
  /// people.kith -> people.kith~
  static std::filesystem::path backup_of(const std::filesystem::path& path);

 private:
  struct Impl;
  explicit Gallery(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// How a gallery's people are named: with the embedder's calibration, at the gallery's own rate unless `far` is given.
/// An embedder without a calibration gets no threshold: Identifier then says what to do.
/// @throws Error kInvalidArgument for a gallery of another embedder.
inline IdentifierOptions identifier_options(const Embedder& embedder, const Gallery& gallery,
                                            std::optional<double> far = std::nullopt) {
  gallery.require(embedder.identity(), embedder.name());
  IdentifierOptions options;
  options.calibration = embedder.calibration();
  options.far = far.value_or(gallery.far());
  return options;
}

}  // namespace kith

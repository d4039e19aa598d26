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
#include <span>
#include <string>
#include <vector>

namespace kith {

/// An open people.kith. Every change is one transaction: after a crash the file holds the state before or after it, and
/// after an error this object too. A change starts from what is in the file, also where another process has changed it
/// meanwhile.
/// Not thread-safe; several processes may read while one writes.
class KITH_EXPORT Gallery {
 public:
  using Binding = kith::Binding;

  /// Opens an existing file.
  /// @throws Error kNotFound, kCorrupt (not a Kith gallery, damaged, another program's file), kUnsupported (newer
  ///         format), kIo (no permission, locked by another process for longer than 5 s).
  static Gallery open(const std::filesystem::path& path);
  /// An empty gallery in memory that takes the place of `path` at commit_replacement(); until then the file, which need
  /// not exist, is untouched. kith train uses it.
  /// @throws Error kInvalidArgument when the file there is not a gallery, kIo when its folder cannot be written.
  static Gallery replace(const std::filesystem::path& path, const Binding& binding);
  /// An empty gallery that never becomes a file: for trying out.
  static Gallery in_memory(const Binding& binding);
  ~Gallery();
  Gallery(Gallery&&) noexcept;
  Gallery& operator=(Gallery&&) noexcept;

  const Binding& binding() const;
  /// @throws Error kInvalidArgument naming both embedders and what to do when `identity` is not the gallery's.
  void require(const std::string& identity, const std::string& embedder_name) const;

  /// By name (byte order). Valid until the next change.
  const std::vector<Person>& people() const;
  const Person* find(const std::string& name) const;

  /// Adds samples to a person, who is created if new; pictures already enrolled for that person (same, non-empty
  /// checksum) are skipped.
  /// The classifier is refitted. @return how many were added.
  /// @throws Error kInvalidArgument (name empty, dimension, no unit vector), kIo.
  int add(const std::string& name, std::span<const Sample> samples);
  /// Erases a person, really (secure_delete). @throws Error kNotFound, naming similar names.
  void remove(const std::string& name);
  /// Renames; onto an existing name the two are merged. @throws Error kNotFound, kInvalidArgument.
  void rename(const std::string& from, const std::string& to);
  /// Notes that these faces are not this person's: from then on neither they nor faces more like them than like the
  /// person get the name. Nothing is refitted. @return how many were new. @throws Error kNotFound, kInvalidArgument, kIo.
  int reject(const std::string& name, std::span<const Sample> faces);
  /// Takes rejections back, by source as Person::rejected has them. @return how many. @throws Error kNotFound, kIo.
  int accept(const std::string& name, std::span<const std::string> sources);
  /// The false-accept rate that this gallery's people are named at unless a run says otherwise (kith train --far).
  double far() const;
  void set_far(double far);

  /// Adds many people at once in one transaction, then refits once.
  void add_all(std::span<const Person> people);
  /// Moves a replacement into place, after which this is the open gallery of that file; else, and in memory, does
  /// nothing.
  /// @throws Error kIo (full disk, permissions, a gallery in use); the old file is then untouched.
  void commit_replacement();

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

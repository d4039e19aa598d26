// What changes a gallery's rows. All within a transaction of the caller's, who makes the file's format sure first.
#pragma once

#include <kith/gallery.h>

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "store/database.h"

namespace kith::store {

/// How people were before a change: what Gallery::undo brings back. Making one forgets the change before.
class UndoRecord {
 public:
  explicit UndoRecord(Database& db);
  /// Before anything about this person changes, once or more.
  void touch(std::int64_t person);
  /// A person who was not there before.
  void touch_new(std::int64_t person);
  const std::set<std::int64_t>& touched() const { return touched_; }
  /// @param what  the change in words.
  void finish(const std::string& what);

 private:
  Database& db_;
  std::set<std::int64_t> touched_;
};

/// Brings the rows back as they were before the last change, which is forgotten. @param touched  gets the people's ids.
/// @return nullopt: there is none.
std::optional<Gallery::LastChange> undo(Database& db, std::set<std::int64_t>& touched);
/// How many enrolled faces of this name there are, or were before the last change.
int count_faces(Database& db, const std::string& name);
/// Forgets the last change, so that nothing of it is left.
void clear_undo(Database& db);

std::optional<std::int64_t> find_person(Database& db, const std::string& name);
/// Inserts a person if new.
std::int64_t put_person(Database& db, UndoRecord& undo, const std::string& name);
/// @return how many were new: the same checksum is stored once a person.
int put_samples(Database& db, std::int64_t person, std::span<const Sample> samples);
/// The same for faces that are not this person's.
int put_rejections(Database& db, std::int64_t person, std::span<const Sample> faces);
/// @return how many there were.
int delete_samples(Database& db, std::int64_t person, std::span<const std::string> sources);
int delete_rejections(Database& db, std::int64_t person, std::span<const std::string> sources);
/// Erases samples that are enrolled from the same pictures as these faces. @return how many.
int delete_same_pictures(Database& db, std::int64_t person, std::span<const Sample> faces);
std::int64_t count_samples(Database& db, std::int64_t person);
/// `from`'s samples and rejections become `to`'s; what both have is kept once.
void merge_people(Database& db, std::int64_t from, std::int64_t to);
/// Gallery::update for one person. @return nullopt when nothing is or changes there.
PersonChange update_person(Database& db, UndoRecord& undo, const PersonUpdate& update, int dimension);
/// Replaces the false-accept rate.
void put_far(Database& db, double far);

}  // namespace kith::store

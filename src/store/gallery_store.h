// How a gallery lies in its SQLite file: header, tables, rows (docs/formats.md).
#pragma once

#include <kith/gallery.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/database.h"

namespace kith::store {

/// What a gallery's file holds.
struct Contents {
  Gallery::Binding binding;
  std::vector<Person> people;  // by name, without those who have no sample
  double far = 1e-3;
};

/// @throws Error kNotFound, kCorrupt (not a gallery), kUnsupported (a newer format).
void check_file(const std::filesystem::path& path);
/// @throws Error kInvalidArgument when something that is not a gallery lies at `path`; kIo when its folder is
/// not writable.
void check_replaceable(const std::filesystem::path& path);

/// Puts a whole database file into the place of another gallery, or of nothing.
/// @throws Error kIo (full disk, permissions, a gallery that another process is changing); the old file is
/// then untouched.
void replace_file(const std::filesystem::path& path, const std::string& bytes);

/// Makes the tables in an empty database.
void create(Database& db, const Gallery::Binding& binding);

/// Adds what this format has and an older file lacks; within a transaction.
void upgrade(Database& db);

/// The tables are those of create(): a view or a computed column in their place could be endless.
/// @throws Error kCorrupt.
void check_schema(Database& db);

/// @throws Error kCorrupt when rows are missing or do not fit together.
Contents load(Database& db);
std::vector<Person> load_people(Database& db, int dimension);

/// Inserts a person if new. @return the id.
std::int64_t put_person(Database& db, const std::string& name);
/// @return whether it was new: the same checksum is stored once a person.
bool put_sample(Database& db, std::int64_t person, const Sample& sample);
/// The same for a face that is not this person's.
bool put_rejection(Database& db, std::int64_t person, const Sample& face);
/// Replaces the false-accept rate.
void put_far(Database& db, double far);

}  // namespace kith::store

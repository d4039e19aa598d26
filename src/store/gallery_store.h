// How a gallery lies in its SQLite file: header, tables, reading (docs/formats.md). gallery_changes.h writes.
#pragma once

#include <kith/error.h>
#include <kith/gallery.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"

namespace kith::store {

constexpr double kDefaultFar = 1e-3;

/// What a gallery's file holds.
struct Contents {
  Binding binding;
  std::vector<Person> people;  // by name, without those who have no sample
  double far = kDefaultFar;
};

/// kCorrupt, naming the file.
Error damaged(const Database& db, const std::string& what);

/// @throws Error kNotFound (none, or an empty file), kCorrupt (not a gallery), kUnsupported (a newer format).
void check_file(const std::filesystem::path& path);
/// @throws Error kInvalidArgument when something that is not a gallery lies at `path`; kIo when its folder is
/// not writable.
void check_replaceable(const std::filesystem::path& path);

/// Puts a whole database file into the place of another gallery, which becomes Gallery::backup_of() it, or of nothing.
/// @throws Error kIo (full disk, permissions, a gallery that another process is changing); the old file is
/// then untouched.
void replace_file(const std::filesystem::path& path, const std::string& bytes);
/// Makes an empty file, mode 0600, where there is none. SQLite gives its journal the same mode. @throws Error kIo.
void create_private(const std::filesystem::path& path);

/// Makes the tables in an empty database.
void create(Database& db, const Binding& binding);
bool is_empty(Database& db);

/// Brings an older file to this format; within a transaction. @return whether it was older.
bool upgrade(Database& db);

/// The tables are those of create(): a view or a computed column in their place could be endless.
/// @throws Error kCorrupt.
void check_schema(Database& db);

/// Whatever is read: @throws Error kCorrupt when rows are missing or do not fit together.
Contents load(Database& db);
Binding load_binding(Database& db);
double load_far(Database& db);

/// Reads one person after the other.
class PersonReader {
 public:
  PersonReader(Database& db, int dimension);
  /// Everything but `id` and `name`, which are given. Without samples nobody is there.
  void read(Person& person);

 private:
  std::vector<Sample> rows(Statement& statement, const Person& person);

  Database& db_;
  std::size_t dimension_;
  Statement samples_;
  std::optional<Statement> rejections_;  // format 1 had none
};

}  // namespace kith::store

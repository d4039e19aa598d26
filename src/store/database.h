// Database: a SQLite file and its statements; SQLite's codes become kith::Error here and nowhere else.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

/// One prepared statement. Columns and parameters count from 0.
class Statement {
 public:
  Statement(sqlite3* db, const std::string& file, const char* sql);

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  template <typename T>
  Statement& bind_blob(int parameter, const std::vector<T>& values) {
    return bind_bytes(parameter, values.data(), values.size() * sizeof(T));
  }

  /// @return whether there is a row. @throws Error as Database.
  bool step();
  /// Ready to be bound and stepped again.
  void reset() { sqlite3_reset(statement_.get()); }
  /// Runs to the end and resets.
  void run();

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  /// @throws Error kCorrupt when the length is no multiple of T's.
  template <typename T>
  std::vector<T> blob(int column) const {
    std::vector<T> values(blob_size(column, sizeof(T)));
    copy_blob(column, values.data());
    return values;
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Statement& bind_bytes(int parameter, const void* data, std::size_t size);
  std::size_t blob_size(int column, std::size_t item) const;
  void copy_blob(int column, void* to) const;

  sqlite3* db_;
  std::string file_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// An open database. Not thread-safe.
class Database {
 public:
  /// Opens an existing file, for writing where permissions allow it.
  /// @throws Error kIo, kCorrupt.
  static Database open(const std::filesystem::path& path);
  /// An empty database in memory. @param name  the file it stands for, in messages.
  static Database in_memory(const std::string& name);

  void execute(const char* sql);
  Statement prepare(const char* sql) { return {db_.get(), file_, sql}; }
  std::int64_t last_id() const { return sqlite3_last_insert_rowid(db_.get()); }
  int changes() const { return sqlite3_changes(db_.get()); }
  /// Another number whenever another connection has changed the file since; nullopt: it is just being changed.
  std::optional<std::int64_t> data_version();
  /// Whether the file at this place is another one by now, or gone.
  bool moved() const;
  /// The bytes of the file that holds this database.
  std::string serialize();
  const std::string& file() const { return file_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  Database(const std::string& location, const std::string& name, int flags);

  std::string file_;
  std::unique_ptr<sqlite3, Close> db_;
};

/// Whether a file's tables are those that `schema` makes (others may be there too): a view or a computed column in their
/// place could be endless. @return what is wrong, empty: nothing.
std::string schema_fault(Database& db, const std::string& schema);

/// BEGIN now, ROLLBACK unless committed.
class Transaction {
 public:
  /// @param begin  "BEGIN" for one that only reads.
  explicit Transaction(Database& db, const char* begin = "BEGIN IMMEDIATE") : db_(db) { db_.execute(begin); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& db_;
  bool open_ = true;
};

}  // namespace kith

#include "store/database.h"

#include <kith/error.h>

#include <cstring>

namespace kith {
namespace {

constexpr int kBusyTimeoutMs = 5000;  // a change takes milliseconds, of many people seconds
constexpr int kLargestValueBytes =
    256 * 1024 * 1024;  // no embedding or classifier comes near; a damaged length may

// The one table from SQLite's codes to ours.
[[noreturn]] void fail(sqlite3* db, const std::string& file) {
  if (sqlite3_extended_errcode(db) == SQLITE_READONLY_DBMOVED) {
    throw Error(ErrorCode::kIo, file + ": was replaced by another program meanwhile; try again");
  }
  const std::string why = std::string(" (") + sqlite3_errmsg(db) + ")";
  switch (sqlite3_errcode(db)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(ErrorCode::kIo,
                  file + ": is being changed by another program; try again when it has finished");
    case SQLITE_FULL:
      throw Error(ErrorCode::kIo, file + ": the disk is full; nothing was changed");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      throw Error(ErrorCode::kIo,
                  file + ": cannot be opened for this; the file and its folder must be writable" + why);
    case SQLITE_IOERR:
      throw Error(ErrorCode::kIo, file + ": cannot be read or written; nothing was changed" + why);
    case SQLITE_NOMEM:
    case SQLITE_MISUSE:
      throw Error(ErrorCode::kInternal, file + why);
    default:
      throw Error(ErrorCode::kCorrupt, file + ": is damaged" + why + "; restore a copy or make it anew");
  }
}

}  // namespace

Statement::Statement(sqlite3* db, const std::string& file, const char* sql) : db_(db), file_(file) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) != SQLITE_OK) fail(db, file);
  statement_.reset(statement);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  if (sqlite3_bind_int64(statement_.get(), parameter + 1, value) != SQLITE_OK) fail(db_, file_);
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  if (sqlite3_bind_double(statement_.get(), parameter + 1, value) != SQLITE_OK) fail(db_, file_);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  const int size = static_cast<int>(text.size());
  const int code = sqlite3_bind_text(statement_.get(), parameter + 1, text.data(), size, SQLITE_TRANSIENT);
  if (code != SQLITE_OK) fail(db_, file_);
  return *this;
}

Statement& Statement::bind_bytes(int parameter, const void* data, std::size_t size) {
  const void* bytes = size == 0 ? "" : data;  // a null pointer would store NULL
  if (sqlite3_bind_blob64(statement_.get(), parameter + 1, bytes, size, SQLITE_TRANSIENT) != SQLITE_OK) {
    fail(db_, file_);
  }
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(db_, file_);
  return code == SQLITE_ROW;
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {reinterpret_cast<const char*>(bytes), size};
}

std::size_t Statement::blob_size(int column, std::size_t item) const {
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  if (size % item != 0) throw Error(ErrorCode::kCorrupt, file_ + ": is damaged (a vector of odd length)");
  return size / item;
}

void Statement::copy_blob(int column, void* to) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  if (bytes != nullptr && size > 0) std::memcpy(to, bytes, size);
}

Database::Database(const std::string& location, const std::string& name, int flags) : file_(name) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(location.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) fail(db, file_);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kLargestValueBytes);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);  // the file may come from anyone
  execute("PRAGMA trusted_schema = OFF");
  execute("PRAGMA cell_size_check = ON");
  execute("PRAGMA foreign_keys = ON");
  execute("PRAGMA secure_delete = ON");   // a removed person's numbers are overwritten, not only forgotten
  execute("PRAGMA synchronous = EXTRA");  // FULL, and a committed change also survives a power cut
  execute("PRAGMA temp_store = MEMORY");  // no copies of embeddings in the temporary folder
}

Database Database::open(const std::filesystem::path& path) {
  // READWRITE falls back to reading where the file is write-protected, so that a read-only copy can still be
  // used.
  return {path.string(), path.string(), SQLITE_OPEN_READWRITE};
}

Database Database::in_memory(const std::string& name) {
  return {":memory:", name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY};
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(db_.get(), file_);
}

std::optional<std::int64_t> Database::data_version() {
  struct NoWaiting {
    sqlite3* db;
    explicit NoWaiting(sqlite3* which) : db(which) { sqlite3_busy_timeout(db, 0); }
    ~NoWaiting() { sqlite3_busy_timeout(db, kBusyTimeoutMs); }
  } const no_waiting(db_.get());
  std::optional<std::int64_t> version;
  try {
    Statement row = prepare("PRAGMA data_version");
    if (row.step()) version = row.integer(0);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kIo) throw;
  }
  return version;
}

bool Database::moved() const {
  int moved = 0;
  sqlite3_file_control(db_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

std::string Database::serialize() {
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, void (*)(void*)> bytes(sqlite3_serialize(db_.get(), "main", &size, 0),
                                                              sqlite3_free);
  if (!bytes) throw Error(ErrorCode::kInternal, file_ + ": not enough memory");
  return {reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size)};
}

Transaction::~Transaction() {
  // Fails only when SQLite has already rolled back.
  if (open_) {
    try {
      db_.execute("ROLLBACK");
    } catch (const std::exception&) {
    }
  }
}

void Transaction::commit() {
  db_.execute("COMMIT");
  open_ = false;
}

std::string schema_fault(Database& db, const std::string& schema) {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE type IN ('view', 'trigger')").step())
    return "it holds views or triggers, which Kith does not make";
  Database own = Database::in_memory(db.file());
  own.execute(schema.c_str());
  Statement tables = own.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'");
  while (tables.step()) {
    Statement same = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? AND sql = ?");
    same.bind(0, tables.text(0)).bind(1, tables.text(1));
    if (!same.step()) return "the table " + tables.text(0);
  }
  return {};
}

}  // namespace kith

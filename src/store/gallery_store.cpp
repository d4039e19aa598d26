#include "store/gallery_store.h"

#include <fcntl.h>
#include <kith/error.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include "core/files.h"
#include "core/person_name.h"
#include "core/vectors.h"
#include "people/template.h"
#include "store/database_header.h"
#include "store/gallery_changes.h"

namespace kith::store {
namespace fs = std::filesystem;
namespace {

static_assert(std::endian::native == std::endian::little,
              "vectors are stored as they lie in memory, little-endian");

constexpr std::uint32_t kFormat = 3;  // each format's additions are below

// Format 1. Its table `model` held an SVM.
constexpr char kSchema[] = R"sql(
CREATE TABLE binding (identity TEXT NOT NULL, name TEXT NOT NULL, dimension INTEGER NOT NULL);
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE samples (
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  source TEXT NOT NULL, checksum TEXT NOT NULL, quality REAL NOT NULL, embedding BLOB NOT NULL);
CREATE INDEX samples_person ON samples (person);
CREATE UNIQUE INDEX samples_once ON samples (person, checksum) WHERE checksum <> '';
CREATE TABLE model (people BLOB NOT NULL, counts BLOB NOT NULL, support BLOB NOT NULL, coefficients BLOB NOT NULL,
  rho BLOB NOT NULL, prob_a BLOB NOT NULL, prob_b BLOB NOT NULL);
)sql";

// What format 2 added.
constexpr char kSchema2[] = R"sql(
CREATE TABLE rejections (
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  source TEXT NOT NULL, checksum TEXT NOT NULL, quality REAL NOT NULL, embedding BLOB NOT NULL);
CREATE UNIQUE INDEX rejections_once ON rejections (person, checksum) WHERE checksum <> '';
CREATE TABLE settings (far REAL NOT NULL);
)sql";

// What format 3 changed: no SVM, which is fitted when it is asked for; how the people of the last change were before it.
// A person of undo_people without a name was not there. The columns are those of samples and rejections, in their order.
constexpr char kSchema3[] = R"sql(
DROP TABLE model;
CREATE TABLE undo (what TEXT NOT NULL, at TEXT NOT NULL, far REAL);
CREATE TABLE undo_people (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE undo_samples (
  id INTEGER PRIMARY KEY, person INTEGER NOT NULL,
  source TEXT NOT NULL, checksum TEXT NOT NULL, quality REAL NOT NULL, embedding BLOB NOT NULL);
CREATE TABLE undo_rejections (
  id INTEGER PRIMARY KEY, person INTEGER NOT NULL,
  source TEXT NOT NULL, checksum TEXT NOT NULL, quality REAL NOT NULL, embedding BLOB NOT NULL);
)sql";

std::int64_t format_of(Database& db) {
  Statement row = db.prepare("PRAGMA user_version");
  return row.step() ? row.integer(0) : 0;
}

void set_format(Database& db) { db.execute(("PRAGMA user_version = " + std::to_string(kFormat)).c_str()); }

bool is_gallery(const DatabaseHeader& header) { return header.sqlite && header.application_id == kGalleryId; }

// Two people whose names are one name in two spellings are one person. (Later formats hold one spelling only.)
void merge_spellings(std::vector<Person>& people) {
  std::map<std::string, Person> merged;
  for (Person& person : people) {
    person.name = normal_name(person.name);
    const auto [at, fresh] = merged.try_emplace(person.name, std::move(person));
    if (fresh) continue;
    std::ranges::move(person.samples, std::back_inserter(at->second.samples));
    std::ranges::move(person.rejected, std::back_inserter(at->second.rejected));
    at->second.centre = template_of(at->second.samples);
  }
  people.clear();
  for (auto& [name, person] : merged) people.push_back(std::move(person));
}

// The same in the file.
void rewrite_spellings(Database& db) {
  std::vector<std::pair<std::int64_t, std::string>> other;
  Statement rows = db.prepare("SELECT id, name FROM people");
  while (rows.step()) {
    const std::string name = rows.text(1);
    if (normal_name(name) != name) other.emplace_back(rows.integer(0), normal_name(name));
  }
  for (const auto& [id, name] : other) {
    const std::optional<std::int64_t> same = find_person(db, name);
    if (same) {
      merge_people(db, id, *same);
    } else {
      db.prepare("UPDATE people SET name = ? WHERE id = ?").bind(0, name).bind(1, id).run();
    }
  }
}

}  // namespace

Error damaged(const Database& db, const std::string& what) {
  return {ErrorCode::kCorrupt, db.file() + ": is damaged (" + what + "); restore a copy or make it anew"};
}

void check_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw Error(ErrorCode::kNotFound, path.string() + ": no such file");
  if (!fs::is_regular_file(path, ignored))
    throw Error(ErrorCode::kCorrupt, path.string() + ": is not a file; a people.kith file is needed");
  if (fs::file_size(path, ignored) == 0)
    throw Error(ErrorCode::kNotFound, path.string() + ": is empty; nobody was ever enrolled in it");
  const DatabaseHeader header = read_database_header(path);
  if (!is_gallery(header)) {
    const char* what = header.sqlite ? "belongs to another program" : "is not a people.kith file";
    throw Error(ErrorCode::kCorrupt, path.string() + ": " + what + "; give a file that Kith wrote");
  }
  if (header.format > kFormat) {
    throw Error(ErrorCode::kUnsupported, path.string() + ": was written by a newer Kith (format " +
                                             std::to_string(header.format) + ", this one reads " +
                                             std::to_string(kFormat) + "); update Kith");
  }
}

void check_replaceable(const fs::path& path) {
  std::error_code failed;
  if (fs::exists(path, failed)) {
    const bool ours =
        fs::is_regular_file(path) && (fs::file_size(path) == 0 || is_gallery(read_database_header(path)));
    if (!ours) {
      throw Error(ErrorCode::kInvalidArgument, path.string() +
                                                   ": is not a people.kith file, so it is not replaced; " +
                                                   "choose another --people FILE or move it away");
    }
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (fs::exists(folder, failed) && ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) != 0) {
    throw Error(ErrorCode::kIo, path.string() + ": cannot be written: " + std::strerror(errno));
  }
}

void replace_file(const fs::path& path, const std::string& bytes) {
  check_replaceable(path);
  // A journal that a crash left beside the old file would be played into the new one, and a process in the
  // midst of a change would leave such a journal: so finish or undo the old one's change, and let nobody
  // begin another.
  std::optional<Database> old;
  std::error_code failed;
  if (fs::exists(path, failed) && fs::file_size(path, failed) > 0) {
    try {
      old = Database::open(path);
      old->execute("BEGIN EXCLUSIVE");
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kCorrupt) throw;
      fs::remove(path.string() + "-journal", failed);  // damaged beyond repair
    }
    const fs::path backup = Gallery::backup_of(path);
    if (!fs::copy_file(path, backup, fs::copy_options::overwrite_existing, failed))
      throw Error(ErrorCode::kIo, backup.string() + ": cannot be written: " + failed.message());
  }
  write_file(path, bytes, Access::kPrivate);
}

void create_private(const fs::path& path) { ::close(open_in_place(path, Access::kPrivate, true)); }

void create(Database& db, const Binding& binding) {
  db.execute(("PRAGMA application_id = " + std::to_string(kGalleryId)).c_str());
  for (const char* schema : {kSchema, kSchema2, kSchema3}) db.execute(schema);
  set_format(db);
  db.prepare("INSERT INTO binding (identity, name, dimension) VALUES (?, ?, ?)")
      .bind(0, binding.identity)
      .bind(1, binding.name)
      .bind(2, std::int64_t{binding.dimension})
      .run();
}

bool is_empty(Database& db) { return !db.prepare("SELECT 1 FROM sqlite_schema").step(); }

void check_schema(Database& db) {
  const std::int64_t format = format_of(db);
  std::string schema = kSchema;
  if (format >= 2) schema += kSchema2;
  if (format >= 3) schema += kSchema3;
  const std::string fault = schema_fault(db, schema);
  if (!fault.empty()) throw damaged(db, fault);
}

bool upgrade(Database& db) {
  const std::int64_t format = format_of(db);
  if (format >= std::int64_t{kFormat}) return false;
  if (format < 2) db.execute(kSchema2);
  db.execute(kSchema3);
  rewrite_spellings(db);
  set_format(db);
  return true;
}

Binding load_binding(Database& db) {
  Statement row = db.prepare("SELECT identity, name, dimension FROM binding");
  if (!row.step()) throw damaged(db, "no embedder");
  const std::int64_t dimension = row.integer(2);
  if (dimension < 1 || dimension > 1 << 20) throw damaged(db, "dimension " + std::to_string(dimension));
  return {row.text(0), row.text(1), static_cast<int>(dimension)};
}

PersonReader::PersonReader(Database& db, int dimension)
    : db_(db),
      dimension_(static_cast<std::size_t>(dimension)),
      samples_(db.prepare(
          "SELECT id, source, checksum, quality, embedding FROM samples WHERE person = ? ORDER BY id")) {
  if (format_of(db) < 2) return;
  rejections_ = db.prepare(
      "SELECT id, source, checksum, quality, embedding FROM rejections WHERE person = ? ORDER BY id");
}

std::vector<Sample> PersonReader::rows(Statement& statement, const Person& person) {
  std::vector<Sample> samples;
  statement.bind(0, person.id);
  while (statement.step()) {
    Sample sample{statement.integer(0), statement.text(1), statement.text(2), statement.blob<float>(4),
                  static_cast<float>(statement.real(3))};
    if (sample.embedding.size() != dimension_ || !is_unit(sample.embedding))
      throw damaged(db_, "an embedding of " + person.name);
    samples.push_back(std::move(sample));
  }
  statement.reset();
  return samples;
}

void PersonReader::read(Person& person) {
  person.samples = rows(samples_, person);
  if (rejections_) person.rejected = rows(*rejections_, person);
  if (!person.samples.empty()) person.centre = template_of(person.samples);
}

std::vector<Person> load_people(Database& db, int dimension) {
  std::vector<Person> people;
  PersonReader reader(db, dimension);
  Statement names = db.prepare("SELECT id, name FROM people ORDER BY CAST(name AS BLOB)");
  while (names.step()) {
    Person person;
    person.id = names.integer(0);
    person.name = names.text(1);
    reader.read(person);
    if (!person.samples.empty()) people.push_back(std::move(person));
  }
  if (format_of(db) < 3) merge_spellings(people);
  return people;
}

double load_far(Database& db) {
  if (format_of(db) < 2) return kDefaultFar;
  Statement settings = db.prepare("SELECT far FROM settings");
  const double far = settings.step() ? settings.real(0) : kDefaultFar;
  if (!(far > 0 && far < 1)) throw damaged(db, "the false-accept rate");
  return far;
}

Contents load(Database& db) {
  Contents contents;
  contents.binding = load_binding(db);
  contents.people = load_people(db, contents.binding.dimension);
  contents.far = load_far(db);
  return contents;
}

}  // namespace kith::store

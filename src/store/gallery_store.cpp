#include "store/gallery_store.h"

#include <fcntl.h>
#include <kith/error.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "core/files.h"
#include "core/vectors.h"
#include "people/template.h"
#include "store/database_header.h"

namespace kith::store {
namespace fs = std::filesystem;
namespace {

static_assert(std::endian::native == std::endian::little,
              "vectors are stored as they lie in memory, little-endian");

constexpr std::uint32_t kApplicationId = 0x4B495448;  // "KITH"
constexpr std::uint32_t kFormat = 2;                  // 1 had neither rejections nor settings

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

bool has_format_2(Database& db) {
  Statement row = db.prepare("PRAGMA user_version");
  return row.step() && row.integer(0) >= 2;
}

bool is_gallery(const DatabaseHeader& header) {
  return header.sqlite && header.application_id == kApplicationId;
}

Error damaged(const Database& db, const std::string& what) {
  return {ErrorCode::kCorrupt,
          db.file() + ": is damaged (" + what + "); restore a copy or train again: kith train PHOTOS"};
}

bool is_unit(const Embedding& v) { return std::abs(dot(v, v) - 1.0F) < 1e-2F; }  // false for NaN

}  // namespace

void check_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(
        ErrorCode::kNotFound,
        path.string() + ": no such file; make it with: kith train PHOTOS, or: kith people add NAME PHOTO");
  }
  if (!fs::is_regular_file(path, ignored)) {
    throw Error(ErrorCode::kCorrupt,
                path.string() + ": is not a file; --people wants one that kith train wrote");
  }
  const DatabaseHeader header = read_database_header(path);
  if (!is_gallery(header)) {
    const char* what = header.sqlite ? "belongs to another program" : "is not a people.kith file";
    throw Error(ErrorCode::kCorrupt,
                path.string() + ": " + what + "; give one that kith train wrote with --people FILE");
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
  }
  write_file(path, bytes, Access::kPrivate);
}

void create(Database& db, const Gallery::Binding& binding) {
  db.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
  db.execute(("PRAGMA user_version = " + std::to_string(kFormat)).c_str());
  db.execute(kSchema);
  db.execute(kSchema2);
  db.prepare("INSERT INTO binding (identity, name, dimension) VALUES (?, ?, ?)")
      .bind(0, binding.identity)
      .bind(1, binding.name)
      .bind(2, std::int64_t{binding.dimension})
      .run();
}

void check_schema(Database& db) {
  const std::string schema = has_format_2(db) ? std::string(kSchema) + kSchema2 : kSchema;
  const std::string fault = schema_fault(db, schema);
  if (!fault.empty()) throw damaged(db, fault);
}

void upgrade(Database& db) {
  if (has_format_2(db)) return;
  db.execute(kSchema2);
  db.execute(("PRAGMA user_version = " + std::to_string(kFormat)).c_str());
}

std::vector<Person> load_people(Database& db, int dimension) {
  const auto read = [&](Statement& rows, const Person& person) {
    std::vector<Sample> samples;
    rows.bind(0, person.id);
    while (rows.step()) {
      Sample sample{rows.integer(0), rows.text(1), rows.text(2), rows.blob<float>(4),
                    static_cast<float>(rows.real(3))};
      if (sample.embedding.size() != static_cast<std::size_t>(dimension) || !is_unit(sample.embedding)) {
        throw damaged(db, "an embedding of " + person.name);
      }
      samples.push_back(std::move(sample));
    }
    rows.reset();
    return samples;
  };
  std::vector<Person> people;
  Statement names = db.prepare("SELECT id, name FROM people ORDER BY CAST(name AS BLOB)");
  Statement samples =
      db.prepare("SELECT id, source, checksum, quality, embedding FROM samples WHERE person = ? ORDER BY id");
  std::optional<Statement> rejections;
  if (has_format_2(db)) {
    rejections = db.prepare(
        "SELECT id, source, checksum, quality, embedding FROM rejections WHERE person = ? ORDER BY id");
  }
  while (names.step()) {
    Person person;
    person.id = names.integer(0);
    person.name = names.text(1);
    person.samples = read(samples, person);
    if (rejections) person.rejected = read(*rejections, person);
    if (person.samples.empty()) continue;
    person.centre = template_of(person.samples);
    people.push_back(std::move(person));
  }
  return people;
}

Contents load(Database& db) {
  Contents contents;
  Statement row = db.prepare("SELECT identity, name, dimension FROM binding");
  if (!row.step()) throw damaged(db, "no embedder");
  const std::int64_t dimension = row.integer(2);
  if (dimension < 1 || dimension > 1 << 20) throw damaged(db, "dimension " + std::to_string(dimension));
  contents.binding = {row.text(0), row.text(1), static_cast<int>(dimension)};
  contents.people = load_people(db, contents.binding.dimension);
  if (!has_format_2(db)) return contents;
  Statement settings = db.prepare("SELECT far FROM settings");
  if (settings.step()) contents.far = settings.real(0);
  if (!(contents.far > 0 && contents.far < 1)) throw damaged(db, "the false-accept rate");
  return contents;
}

std::int64_t put_person(Database& db, const std::string& name) {
  db.prepare("INSERT OR IGNORE INTO people (name) VALUES (?)").bind(0, name).run();
  Statement row = db.prepare("SELECT id FROM people WHERE name = ?");
  row.bind(0, name);
  if (!row.step()) throw damaged(db, "no row for " + name);
  return row.integer(0);
}

namespace {

bool put(Database& db, const char* insert, std::int64_t person, const Sample& sample) {
  db.prepare(insert)
      .bind(0, person)
      .bind(1, sample.source)
      .bind(2, sample.checksum)
      .bind(3, double{sample.quality})
      .bind_blob(4, sample.embedding)
      .run();
  return db.changes() > 0;
}

}  // namespace

bool put_sample(Database& db, std::int64_t person, const Sample& sample) {
  return put(
      db,
      "INSERT OR IGNORE INTO samples (person, source, checksum, quality, embedding) VALUES (?, ?, ?, ?, ?)",
      person, sample);
}

bool put_rejection(Database& db, std::int64_t person, const Sample& face) {
  return put(db,
             "INSERT OR IGNORE INTO rejections (person, source, checksum, quality, embedding) VALUES (?, ?, "
             "?, ?, ?)",
             person, face);
}

void put_far(Database& db, double far) {
  db.execute("DELETE FROM settings");
  db.prepare("INSERT INTO settings (far) VALUES (?)").bind(0, far).run();
}

}  // namespace kith::store

#include "store/sightings.h"

#include <kith/error.h>
#include <unistd.h>

#include <bit>
#include <cmath>

#include "core/draft.h"
#include "core/vectors.h"
#include "store/database.h"
#include "store/database_header.h"
#include "store/gallery_store.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

static_assert(std::endian::native == std::endian::little, "vectors are stored as they lie in memory");

constexpr std::uint32_t kFormat = 1;

constexpr char kSchema[] = R"sql(
CREATE TABLE binding (identity TEXT NOT NULL, name TEXT NOT NULL, dimension INTEGER NOT NULL);
CREATE TABLE groups_given (last INTEGER NOT NULL);
CREATE TABLE tracks (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL, sidecar TEXT NOT NULL, track INTEGER NOT NULL,
  name TEXT, state TEXT NOT NULL, confidence REAL NOT NULL,
  first_ms REAL NOT NULL, last_ms REAL NOT NULL, frames INTEGER NOT NULL, quality REAL NOT NULL,
  embedding BLOB NOT NULL, chip BLOB NOT NULL, in_group INTEGER);
CREATE INDEX tracks_source ON tracks (source);
CREATE TABLE together (
  a INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
  b INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE, PRIMARY KEY (a, b));
CREATE INDEX together_b ON together (b);
)sql";

Error damaged(const std::string& file, const std::string& what) {
  return {ErrorCode::kCorrupt, file + ": is damaged (" + what + "); recognise again into a new file"};
}

IdentityState parse_state(const std::string& word, const std::string& file) {
  for (const IdentityState state :
       {IdentityState::kNamed, IdentityState::kUnknown, IdentityState::kUnclear}) {
    if (word == to_string(state)) return state;
  }
  throw damaged(file, "a state called '" + word + "'");
}

bool has_no_bytes(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && fs::file_size(path, ignored) == 0;
}

void check_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(ErrorCode::kNotFound, path.string() + ": no such file of sightings");
  }
  const DatabaseHeader header =
      fs::is_regular_file(path, ignored) ? read_database_header(path) : DatabaseHeader{};
  if (header.application_id != kSightingsId) {
    throw Error(ErrorCode::kCorrupt,
                path.string() + ": is no file of sightings; give one that Kith kept them in");
  }
  if (header.format > kFormat) {
    throw Error(ErrorCode::kUnsupported, path.string() + ": was written by a newer Kith; update Kith");
  }
}

void create_tables(Database& db, const Gallery::Binding& binding) {
  db.execute(("PRAGMA application_id = " + std::to_string(kSightingsId)).c_str());
  db.execute(("PRAGMA user_version = " + std::to_string(kFormat)).c_str());
  db.execute(kSchema);
  db.execute("INSERT INTO groups_given (last) VALUES (0)");
  db.prepare("INSERT INTO binding (identity, name, dimension) VALUES (?, ?, ?)")
      .bind(0, binding.identity)
      .bind(1, binding.name)
      .bind(2, std::int64_t{binding.dimension})
      .run();
}

void check_schema(Database& db) {
  const std::string fault = schema_fault(db, kSchema);
  if (!fault.empty()) throw damaged(db.file(), fault);
}

Gallery::Binding load_binding(Database& db) {
  Statement row = db.prepare("SELECT identity, name, dimension FROM binding");
  if (!row.step()) throw damaged(db.file(), "no embedder");
  const std::int64_t dimension = row.integer(2);
  if (dimension < 1 || dimension > 1 << 20)
    throw damaged(db.file(), "dimension " + std::to_string(dimension));
  return {row.text(0), row.text(1), static_cast<int>(dimension)};
}

}  // namespace

struct Sightings::Impl {
  fs::path path;
  Database db;
  Gallery::Binding binding;

  std::int64_t insert(const Sighting& s) {
    if (s.embedding.size() != static_cast<std::size_t>(binding.dimension) || !is_unit(s.embedding)) {
      throw Error(ErrorCode::kInvalidArgument, s.source + ", track " + std::to_string(s.track) +
                                                   ": the embedding is no unit vector of " +
                                                   std::to_string(binding.dimension) + " numbers");
    }
    Statement row = db.prepare(
        "INSERT INTO tracks (source, sidecar, track, name, state, confidence, first_ms, last_ms, frames, "
        "quality, "
        "embedding, chip) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    row.bind(0, s.source).bind(1, s.sidecar).bind(2, std::int64_t{s.track});
    if (s.name) row.bind(3, *s.name);  // else NULL
    row.bind(4, to_string(s.state)).bind(5, double{s.confidence}).bind(6, s.first_ms).bind(7, s.last_ms);
    row.bind(8, s.frames).bind(9, double{s.quality}).bind_blob(10, s.embedding).bind_blob(11, s.chip).run();
    return db.last_id();
  }
};

Sightings::Sightings(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sightings::~Sightings() = default;
Sightings::Sightings(Sightings&&) noexcept = default;
Sightings& Sightings::operator=(Sightings&&) noexcept = default;

Sightings Sightings::open(const fs::path& path) {
  check_file(path);
  Database db = Database::open(path);
  check_schema(db);
  Gallery::Binding binding = load_binding(db);
  return Sightings(std::make_unique<Impl>(Impl{path, std::move(db), std::move(binding)}));
}

Sightings Sightings::open_or_create(const fs::path& path, const Gallery::Binding& binding) {
  std::error_code ignored;
  if (!fs::exists(path, ignored) || has_no_bytes(path)) {
    store::create_private(path);
    Database db = Database::open(path);
    Transaction transaction(db);
    const bool fresh =
        !db.prepare("SELECT 1 FROM sqlite_schema").step();  // another process may have been first
    if (fresh) create_tables(db, binding);
    transaction.commit();
  }
  Sightings sightings = open(path);
  sightings.require(binding.identity, binding.name);
  return sightings;
}

const fs::path& Sightings::path() const { return impl_->path; }
const Gallery::Binding& Sightings::binding() const { return impl_->binding; }

void Sightings::require(const std::string& identity, const std::string& embedder_name) const {
  if (identity == binding().identity) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      path().string() + ": was made with the embedder " + binding().name + ", not with this " +
          embedder_name +
          ", and their numbers cannot be compared; give another file of sightings, or take the embedder " +
          binding().name);
}

std::vector<Sighting> Sightings::all() {
  std::vector<Sighting> sightings;
  Statement row = impl_->db.prepare(
      "SELECT id, source, sidecar, track, name, state, confidence, first_ms, last_ms, frames, quality, "
      "embedding, chip, "
      "in_group, name IS NULL, in_group IS NULL FROM tracks ORDER BY id");
  while (row.step()) {
    Sighting s;
    s.id = row.integer(0);
    s.source = row.text(1);
    s.sidecar = row.text(2);
    s.track = static_cast<int>(row.integer(3));
    if (row.integer(14) == 0) s.name = row.text(4);
    s.state = parse_state(row.text(5), path().string());
    s.confidence = static_cast<float>(row.real(6));
    s.first_ms = row.real(7);
    s.last_ms = row.real(8);
    s.frames = row.integer(9);
    s.quality = static_cast<float>(row.real(10));
    s.embedding = row.blob<float>(11);
    s.chip = row.blob<unsigned char>(12);
    if (row.integer(15) == 0) s.group = row.integer(13);
    if (s.embedding.size() != static_cast<std::size_t>(binding().dimension) || !is_unit(s.embedding))
      throw damaged(path().string(), "an embedding of " + s.source);
    sightings.push_back(std::move(s));
  }
  return sightings;
}

std::set<Sightings::Pair> Sightings::together() {
  std::set<Pair> pairs;
  Statement row = impl_->db.prepare("SELECT a, b FROM together");
  while (row.step()) pairs.emplace(row.integer(0), row.integer(1));
  return pairs;
}

std::vector<std::int64_t> Sightings::add(const std::set<std::string>& replaced_sources,
                                         std::span<const Sighting> added) {
  Transaction transaction(impl_->db);
  for (const std::string& source : replaced_sources)
    impl_->db.prepare("DELETE FROM tracks WHERE source = ?").bind(0, source).run();
  std::vector<std::int64_t> ids;
  for (const Sighting& sighting : added) ids.push_back(impl_->insert(sighting));
  transaction.commit();
  return ids;
}

void Sightings::add_together(const std::set<Pair>& pairs) {
  if (pairs.empty()) return;
  Transaction transaction(impl_->db);
  // Another run over the same source may have replaced a row meanwhile.
  Statement row = impl_->db.prepare(
      "INSERT OR IGNORE INTO together (a, b) SELECT ?1, ?2 WHERE (SELECT count(*) FROM tracks WHERE id IN "
      "(?1, ?2)) = 2");
  for (const auto& [a, b] : pairs) row.bind(0, std::min(a, b)).bind(1, std::max(a, b)).run();
  transaction.commit();
}

std::int64_t Sightings::last_group() {
  Statement row = impl_->db.prepare("SELECT last FROM groups_given");
  return row.step() ? row.integer(0) : 0;
}

void Sightings::set_groups(const std::map<std::int64_t, std::int64_t>& groups) {
  Transaction transaction(impl_->db);
  impl_->db.execute("UPDATE tracks SET in_group = NULL WHERE in_group IS NOT NULL");
  Statement row = impl_->db.prepare("UPDATE tracks SET in_group = ? WHERE id = ?");
  for (const auto& [id, group] : groups) row.bind(0, group).bind(1, id).run();
  impl_->db.execute(
      "UPDATE groups_given SET last = max(last, (SELECT ifnull(max(in_group), 0) FROM tracks))");
  transaction.commit();
}

void Sightings::set_name(std::span<const std::int64_t> ids, const std::string& name) {
  Transaction transaction(impl_->db);
  Statement row =
      impl_->db.prepare("UPDATE tracks SET name = ?, state = 'named', confidence = 1 WHERE id = ?");
  for (const std::int64_t id : ids) row.bind(0, name).bind(1, id).run();
  transaction.commit();
}

std::int64_t Sightings::erase(const std::string& name) {
  Transaction transaction(impl_->db);
  impl_->db.prepare("DELETE FROM tracks WHERE name = ?").bind(0, name).run();
  const std::int64_t erased = impl_->db.changes();
  transaction.commit();
  if (erased > 0) impl_->db.execute("VACUUM");
  return erased;
}

}  // namespace kith

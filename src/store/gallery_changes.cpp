#include "store/gallery_changes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/clock.h"
#include "core/person_name.h"
#include "core/vectors.h"
#include "store/gallery_store.h"

namespace kith::store {
namespace {

// Below this cosine to what is stored a picture was seen with other settings; below 1 by rounding only.
constexpr float kSame = 0.9999F;
constexpr float kSameQuality = 1e-3F;

int put(Database& db, const char* insert, std::int64_t person, std::span<const Sample> samples) {
  Statement row = db.prepare(insert);
  int added = 0;
  for (const Sample& sample : samples) {
    row.bind(0, person).bind(1, sample.source).bind(2, sample.checksum).bind(3, double{sample.quality});
    row.bind_blob(4, sample.embedding).run();
    added += db.changes();
  }
  return added;
}

int delete_by(Database& db, const char* sql, std::int64_t person, std::span<const std::string> values) {
  Statement row = db.prepare(sql);
  int deleted = 0;
  for (const std::string& value : values) {
    row.bind(0, person).bind(1, value).run();
    deleted += db.changes();
  }
  return deleted;
}

bool lies_below(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (folder.ends_with('/') || path.substr(folder.size()).starts_with('/'));
}

// What one person's rows become.
struct Plan {
  std::vector<Sample> added, changed;  // changed: with the id of the row
  std::vector<std::int64_t> removed;
  PersonChange report;

  bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

bool is_gone(const Sample& enrolled, const PersonUpdate& update, const std::map<std::string, Sample>& seen) {
  if (seen.contains(enrolled.checksum)) return false;
  const auto same_path = [&](const auto& s) { return s.second.source == enrolled.source; };
  if (std::ranges::any_of(seen, same_path)) return true;  // another picture under the same name
  return !update.present.contains(enrolled.source) &&
         std::ranges::any_of(update.folders,
                             [&](const std::string& f) { return lies_below(enrolled.source, f); });
}

void keep_up(const Sample& enrolled, const Sample& seen, const PersonUpdate& update, Plan& plan) {
  const bool same = dot(enrolled.embedding, seen.embedding) >= kSame &&
                    std::abs(enrolled.quality - seen.quality) <= kSameQuality;
  const bool moved = enrolled.source != seen.source && !update.present.contains(enrolled.source);
  if (same && !moved) return;
  plan.changed.push_back(same ? enrolled : seen);
  plan.changed.back().id = enrolled.id;
  plan.changed.back().source = seen.source;
  if (!same) ++plan.report.changed;
}

Plan make_plan(const Person& person, const PersonUpdate& update) {
  Plan plan;
  std::map<std::string, Sample> seen;  // by checksum
  for (const Sample& sample : update.samples) {
    const auto same = [&](const Sample& face) { return face.checksum == sample.checksum; };
    if (std::ranges::any_of(person.rejected, same)) {
      plan.report.rejected_sources.push_back(sample.source);
    } else {
      seen.emplace(sample.checksum, sample);
    }
  }
  std::map<std::string, const Sample*> enrolled;
  for (const Sample& sample : person.samples) {
    if (!sample.checksum.empty()) enrolled.emplace(sample.checksum, &sample);
    if (is_gone(sample, update, seen)) plan.removed.push_back(sample.id);
  }
  for (const auto& [checksum, sample] : seen) {
    const auto known = enrolled.find(checksum);
    if (known == enrolled.end()) {
      plan.added.push_back(sample);
    } else {
      keep_up(*known->second, sample, update, plan);
    }
  }
  // In the folder's order, as a first training has it.
  std::ranges::sort(plan.added, {}, &Sample::source);
  if (plan.removed.size() == person.samples.size() && plan.added.empty()) plan.removed.clear();
  plan.report.added = static_cast<int>(plan.added.size());
  plan.report.removed = static_cast<int>(plan.removed.size());
  return plan;
}

void apply(Database& db, std::int64_t person, const Plan& plan) {
  Statement removing = db.prepare("DELETE FROM samples WHERE id = ?");
  for (const std::int64_t id : plan.removed) removing.bind(0, id).run();
  Statement changing = db.prepare("UPDATE samples SET source = ?, quality = ?, embedding = ? WHERE id = ?");
  for (const Sample& sample : plan.changed) {
    changing.bind(0, sample.source).bind(1, double{sample.quality}).bind_blob(2, sample.embedding);
    changing.bind(3, sample.id).run();
  }
  put_samples(db, person, plan.added);
}

}  // namespace

UndoRecord::UndoRecord(Database& db) : db_(db) {
  clear_undo(db);
  db.execute("INSERT INTO undo (what, at, far) VALUES ('', '', (SELECT far FROM settings))");
}

void UndoRecord::touch(std::int64_t person) {
  if (!touched_.insert(person).second) return;
  for (const char* sql : {"INSERT INTO undo_people SELECT id, name FROM people WHERE id = ?",
                          "INSERT INTO undo_samples SELECT * FROM samples WHERE person = ?",
                          "INSERT INTO undo_rejections SELECT * FROM rejections WHERE person = ?"}) {
    db_.prepare(sql).bind(0, person).run();
  }
}

void UndoRecord::touch_new(std::int64_t person) {
  touched_.insert(person);
  db_.prepare("INSERT INTO undo_people (id) VALUES (?)").bind(0, person).run();
}

void UndoRecord::finish(const std::string& what) {
  db_.prepare("UPDATE undo SET what = ?, at = ?").bind(0, what).bind(1, utc_text()).run();
}

std::optional<Gallery::LastChange> undo(Database& db, std::set<std::int64_t>& touched) {
  std::optional<Gallery::LastChange> last;
  {
    Statement row = db.prepare("SELECT what, at FROM undo");
    if (row.step()) last = Gallery::LastChange{row.text(0), row.text(1)};
    Statement ids = db.prepare("SELECT id FROM undo_people");
    while (ids.step()) touched.insert(ids.integer(0));
  }
  if (!last) return last;
  db.execute(
      "DELETE FROM people WHERE id IN (SELECT id FROM undo_people);"
      "INSERT INTO people SELECT id, name FROM undo_people WHERE name IS NOT NULL;"
      "INSERT INTO samples SELECT * FROM undo_samples;"
      "INSERT INTO rejections SELECT * FROM undo_rejections;"
      "DELETE FROM settings;"
      "INSERT INTO settings SELECT far FROM undo WHERE far IS NOT NULL;");
  clear_undo(db);
  return last;
}

// Also of a file that nothing was written to since versions that kept a name in every spelling that it was given in.
int count_faces(Database& db, const std::string& name) {
  std::set<std::int64_t> faces;
  const auto count = [&](const char* all_people, const char* their_samples) {
    Statement people = db.prepare(all_people);
    while (people.step()) {
      if (normal_name(people.text(1)) != name) continue;
      Statement samples = db.prepare(their_samples);
      samples.bind(0, people.integer(0));
      while (samples.step()) faces.insert(samples.integer(0));
    }
  };
  count("SELECT id, name FROM people", "SELECT id FROM samples WHERE person = ?");
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'undo_samples'").step())
    count("SELECT id, name FROM undo_people", "SELECT id FROM undo_samples WHERE person = ?");
  return static_cast<int>(faces.size());
}

void clear_undo(Database& db) {
  db.execute(
      "DELETE FROM undo; DELETE FROM undo_people; DELETE FROM undo_samples; DELETE FROM undo_rejections;");
}

std::optional<std::int64_t> find_person(Database& db, const std::string& name) {
  Statement row = db.prepare("SELECT id FROM people WHERE name = ?");
  row.bind(0, name);
  return row.step() ? std::optional(row.integer(0)) : std::nullopt;
}

std::int64_t put_person(Database& db, UndoRecord& undo, const std::string& name) {
  if (const auto id = find_person(db, name)) {
    undo.touch(*id);
    return *id;
  }
  db.prepare("INSERT INTO people (name) VALUES (?)").bind(0, name).run();
  const std::int64_t id = db.last_id();
  undo.touch_new(id);
  return id;
}

int put_samples(Database& db, std::int64_t person, std::span<const Sample> samples) {
  return put(
      db,
      "INSERT OR IGNORE INTO samples (person, source, checksum, quality, embedding) VALUES (?, ?, ?, ?, ?)",
      person, samples);
}

int put_rejections(Database& db, std::int64_t person, std::span<const Sample> faces) {
  return put(db,
             "INSERT OR IGNORE INTO rejections (person, source, checksum, quality, embedding) VALUES (?, ?, "
             "?, ?, ?)",
             person, faces);
}

int delete_samples(Database& db, std::int64_t person, std::span<const std::string> sources) {
  return delete_by(db, "DELETE FROM samples WHERE person = ? AND source = ?", person, sources);
}

int delete_rejections(Database& db, std::int64_t person, std::span<const std::string> sources) {
  return delete_by(db, "DELETE FROM rejections WHERE person = ? AND source = ?", person, sources);
}

int delete_same_pictures(Database& db, std::int64_t person, std::span<const Sample> faces) {
  std::vector<std::string> checksums;
  for (const Sample& face : faces) {
    if (!face.checksum.empty()) checksums.push_back(face.checksum);
  }
  return delete_by(db, "DELETE FROM samples WHERE person = ? AND checksum = ?", person, checksums);
}

std::int64_t count_samples(Database& db, std::int64_t person) {
  Statement row = db.prepare("SELECT count(*) FROM samples WHERE person = ?");
  row.bind(0, person);
  return row.step() ? row.integer(0) : 0;
}

void merge_people(Database& db, std::int64_t from, std::int64_t to) {
  // What both have stays behind and goes with the old row.
  for (const char* sql : {"UPDATE OR IGNORE samples SET person = ? WHERE person = ?",
                          "UPDATE OR IGNORE rejections SET person = ? WHERE person = ?"}) {
    db.prepare(sql).bind(0, to).bind(1, from).run();
  }
  db.prepare("DELETE FROM people WHERE id = ?").bind(0, from).run();
}

PersonChange update_person(Database& db, UndoRecord& undo, const PersonUpdate& update, int dimension) {
  Person person;
  const std::optional<std::int64_t> id = find_person(db, update.name);
  if (id) {
    person.id = *id;
    person.name = update.name;
    PersonReader(db, dimension).read(person);
  }
  Plan plan = make_plan(person, update);
  if (!plan.empty()) apply(db, put_person(db, undo, update.name), plan);
  plan.report.name = update.name;
  plan.report.is_new = person.samples.empty();
  plan.report.photos = static_cast<int>(person.samples.size()) + plan.report.added - plan.report.removed;
  return std::move(plan.report);
}

void put_far(Database& db, double far) {
  db.execute("DELETE FROM settings");
  db.prepare("INSERT INTO settings (far) VALUES (?)").bind(0, far).run();
}

}  // namespace kith::store

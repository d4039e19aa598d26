#include <kith/gallery.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

#include "core/person_name.h"
#include "core/vectors.h"
#include "store/gallery_changes.h"
#include "store/gallery_store.h"
#include "store/places.h"
#include "store/similar_names.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

using People = std::vector<Person>;

// A change of more people reads all of them anew.
constexpr std::size_t kFewPeople = 64;

enum class Place {
  kFile,    // made by the first change where there is none
  kDraft,   // in memory, until commit_replacement()
  kMemory,  // for ever
};

void check_samples(const std::string& name, std::span<const Sample> samples, int dimension) {
  for (const Sample& sample : samples) {
    if (sample.embedding.size() != static_cast<std::size_t>(dimension)) {
      throw Error(ErrorCode::kInvalidArgument, name + ", " + sample.source + ": an embedding of " +
                                                   std::to_string(sample.embedding.size()) +
                                                   " numbers, the gallery's have " +
                                                   std::to_string(dimension));
    }
    if (!(std::abs(dot(sample.embedding, sample.embedding) - 1.0F) < 1e-3F)) {
      throw Error(ErrorCode::kInvalidArgument,
                  name + ", " + sample.source + ": the embedding is not a unit vector");
    }
  }
}

void check_far(double far) {
  if (!(far > 0 && far < 1))
    throw Error(ErrorCode::kInvalidArgument, "a false-accept rate lies between 0 and 1");
}

void check_identity(const fs::path& path, const Binding& binding, const std::string& identity,
                    const std::string& embedder_name) {
  if (identity == binding.identity) return;
  const std::string with = embedder_name == binding.name
                               ? "an earlier version of the embedder " + binding.name +
                                     " (other weights or preprocessing under the same name)"
                               : "the embedder " + binding.name + ", not with " + embedder_name;
  throw Error(ErrorCode::kInvalidArgument,
              path.string() + ": was made with " + with + ", and their numbers cannot be compared");
}

std::string photos(std::int64_t n) { return std::to_string(n) + (n == 1 ? " photo" : " photos"); }
std::string faces(std::int64_t n) { return std::to_string(n) + (n == 1 ? " face" : " faces"); }

// The sum of one number of all changes.
int total(std::span<const PersonChange> changes, int PersonChange::*number) {
  int sum = 0;
  for (const PersonChange& change : changes) sum += change.*number;
  return sum;
}

}  // namespace

struct Gallery::Impl {
  Impl(Place where, fs::path file, Binding bound)
      : place(where), path(std::move(file)), binding(std::move(bound)) {}

  const Place place;
  const fs::path path;  // for messages in memory
  const Binding binding;
  bool may_create = false;
  std::mutex mutex;  // of all that follows
  std::optional<Database> db;
  std::shared_ptr<People> people = std::make_shared<People>();
  double far = store::kDefaultFar;
  std::uint64_t version = 1, loaded_version = 1;
  std::int64_t seen = 0;  // Database::data_version when it was looked at last
  bool shared = false;    // a snapshot has `people` too

  void set_contents(store::Contents contents) {
    people = std::make_shared<People>(std::move(contents.people));
    shared = false;
    far = contents.far;
    loaded_version = version;
  }

  bool has_bytes() const {
    std::error_code none;
    const std::uintmax_t size = fs::file_size(path, none);
    return !none && size > 0;
  }

  // Opens the file that lies at `path` now, for the first time or because another took its place.
  void connect() {
    if (db && !db->moved()) return;
    std::error_code ignored;
    const bool fresh = !fs::exists(path, ignored) || (fs::is_regular_file(path, ignored) && !has_bytes());
    if (may_create && fresh) {
      store::create_private(path);
    } else {
      store::check_file(path);
    }
    db.reset();
    db = Database::open(path);
    seen = db->data_version().value_or(0);
    ++version;
  }

  void check_bound() {
    const Binding found = store::load_binding(*db);
    check_identity(path, found, binding.identity, binding.name);
  }

  // Notices what other processes did; never fails.
  void look() {
    if (place != Place::kFile || !has_bytes()) return;
    try {
      connect();
      const std::optional<std::int64_t> now = db->data_version();
      if (!now || *now == seen) return;
      seen = *now;
      ++version;
    } catch (const Error&) {
    }
  }

  void reload() {
    Transaction reading(*db, "BEGIN");
    store::check_schema(*db);
    check_bound();
    set_contents(store::load(*db));
  }

  // The file's tables as they must be before a change. @return whether they were others.
  bool prepare() {
    if (store::is_empty(*db)) {
      store::create(*db, binding);
      return true;
    }
    store::check_schema(*db);
    check_bound();
    return store::upgrade(*db);
  }

  void replace_person(Person person) {
    std::erase_if(*people, [&](const Person& p) { return p.id == person.id; });
    if (person.samples.empty()) return;
    const auto at = std::ranges::lower_bound(*people, person.name, {}, &Person::name);
    people->insert(at, std::move(person));
  }

  std::vector<Person> read_people(const std::set<std::int64_t>& ids) {
    std::vector<Person> changed;
    store::PersonReader reader(*db, binding.dimension);
    for (const std::int64_t id : ids) {
      Person person;
      person.id = id;
      Statement row = db->prepare("SELECT name FROM people WHERE id = ?");
      if (row.bind(0, id).step()) {
        person.name = row.text(0);
        reader.read(person);
      }
      changed.push_back(std::move(person));
    }
    return changed;
  }

  // Commits, then shows the people as they are now: those who changed, or all where more has changed.
  void commit(Transaction& transaction, const std::set<std::int64_t>& touched, bool all) {
    if (all || touched.size() > kFewPeople) {
      store::Contents contents = store::load(*db);
      transaction.commit();
      ++version;
      return set_contents(std::move(contents));
    }
    std::vector<Person> changed = read_people(touched);
    const double now = store::load_far(*db);
    transaction.commit();
    if (std::exchange(shared, false))
      people = std::make_shared<People>(*people);  // snapshots stay as they are
    for (Person& person : changed) replace_person(std::move(person));
    far = now;
    loaded_version = ++version;
  }

  // Runs change(touched) in one transaction on the file as it is then; it returns whether anything changed.
  // After an error nothing has.
  template <typename Change>
  void transact(Change change) {
    const std::lock_guard lock(mutex);
    for (;;) {
      if (place == Place::kFile) connect();
      Transaction transaction(*db);
      if (place == Place::kFile && db->moved()) continue;  // by another process, between the two lines above
      look();
      const bool other = prepare() || loaded_version != version;
      std::set<std::int64_t> touched;
      if (change(touched)) return commit(transaction, touched, other);
      if (other && place == Place::kFile) set_contents(store::load(*db));
      return;
    }
  }

  // A change that can be taken back: change(undo) returns what it was, in words; empty: nothing.
  template <typename Make>
  void change(Make make) {
    transact([&](std::set<std::int64_t>& touched) {
      store::UndoRecord undo(*db);
      const std::string what = make(undo);
      touched = undo.touched();
      if (!what.empty()) undo.finish(what);
      return !what.empty();
    });
  }

  // The id of a person in the file as it is now, within a transaction.
  std::int64_t id_of(const std::string& name) {
    if (const auto id = store::find_person(*db, name)) return *id;
    std::vector<std::string> names;
    Statement row = db->prepare("SELECT name FROM people");
    while (row.step()) names.push_back(row.text(0));
    throw Error(ErrorCode::kNotFound, path.string() + ": nobody is called " + name + suggest(name, names));
  }

  // The same, about to change.
  std::int64_t touch(store::UndoRecord& undo, const std::string& name) {
    const std::int64_t id = id_of(name);
    undo.touch(id);
    return id;
  }

  void require_a_photo(std::int64_t id, const std::string& name) {
    if (store::count_samples(*db, id) > 0) return;
    throw Error(ErrorCode::kInvalidArgument,
                path.string() + ": " + name + " would be left without a photo; remove " + name + " instead");
  }
};

Gallery::Gallery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gallery::~Gallery() = default;
Gallery::Gallery(Gallery&&) noexcept = default;
Gallery& Gallery::operator=(Gallery&&) noexcept = default;

Gallery Gallery::open(const fs::path& path) {
  store::check_file(path);
  Database db = Database::open(path);
  store::check_schema(db);
  auto impl = std::make_unique<Impl>(Place::kFile, path, store::load_binding(db));
  impl->db = std::move(db);
  impl->seen = impl->db->data_version().value_or(0);
  impl->reload();
  return Gallery(std::move(impl));
}

Gallery Gallery::open_or_create(const fs::path& path, const Binding& binding) {
  auto impl = std::make_unique<Impl>(Place::kFile, path, binding);
  std::error_code ignored;
  if (impl->has_bytes() || fs::is_directory(path, ignored)) {
    Gallery gallery = open(path);
    gallery.require(binding.identity, binding.name);
    return gallery;
  }
  store::check_replaceable(path);
  impl->may_create = true;
  return Gallery(std::move(impl));
}

Gallery Gallery::replace(const fs::path& path, const Binding& binding) {
  std::error_code ignored;
  const fs::path target =
      fs::is_symlink(path, ignored) ? fs::weakly_canonical(path, ignored) : path;  // keep the link
  store::check_replaceable(target);
  auto impl = std::make_unique<Impl>(Place::kDraft, target, binding);
  impl->db = Database::in_memory(path.string());
  store::create(*impl->db, binding);
  return Gallery(std::move(impl));
}

Gallery Gallery::in_memory(const Binding& binding) {
  auto impl = std::make_unique<Impl>(Place::kMemory, "gallery in memory", binding);
  impl->db = Database::in_memory("gallery in memory");
  store::create(*impl->db, binding);
  return Gallery(std::move(impl));
}

const Binding& Gallery::binding() const { return impl_->binding; }

void Gallery::require(const std::string& identity, const std::string& embedder_name) const {
  check_identity(impl_->path, binding(), identity, embedder_name);
}

Snapshot Gallery::snapshot() {
  const std::lock_guard lock(impl_->mutex);
  impl_->look();
  if (impl_->loaded_version != impl_->version) impl_->reload();
  impl_->shared = true;
  return {impl_->people, impl_->binding, impl_->far, impl_->loaded_version};
}

std::uint64_t Gallery::version() {
  const std::lock_guard lock(impl_->mutex);
  impl_->look();
  return impl_->version;
}

const std::vector<Person>& Gallery::people() const {
  const std::lock_guard lock(impl_->mutex);
  return *impl_->people;
}

const Person* Gallery::find(const std::string& name) const {
  const std::vector<Person>& all = people();
  const auto found = std::ranges::lower_bound(all, normal_name(name), {}, &Person::name);
  return found == all.end() || found->name != normal_name(name) ? nullptr : &*found;
}

int Gallery::add(const std::string& given, std::span<const Sample> samples) {
  const std::string name = person_name(given);
  check_samples(name, samples, binding().dimension);
  if (samples.empty()) return 0;
  int added = 0;
  impl_->change([&](store::UndoRecord& undo) {
    added = store::put_samples(*impl_->db, store::put_person(*impl_->db, undo, name), samples);
    return added > 0 ? "added " + photos(added) + " of " + name : "";
  });
  return added;
}

void Gallery::add_all(std::span<const Person> people) {
  for (const Person& person : people) {
    person_name(person.name);
    check_samples(person.name, person.samples, binding().dimension);
  }
  impl_->change([&](store::UndoRecord& undo) {
    int added = 0;
    for (const Person& person : people) {
      if (person.samples.empty()) continue;
      const std::int64_t id = store::put_person(*impl_->db, undo, person_name(person.name));
      added += store::put_samples(*impl_->db, id, person.samples);
    }
    return added > 0 ? "added " + photos(added) : "";
  });
}

std::vector<PersonChange> Gallery::update(std::span<const PersonUpdate> updates, std::optional<double> far) {
  if (far) check_far(*far);
  std::vector<PersonUpdate> wanted(updates.begin(), updates.end());
  for (PersonUpdate& update : wanted) {
    update.name = person_name(update.name);
    check_samples(update.name, update.samples, binding().dimension);
  }
  std::vector<PersonChange> changes;
  impl_->change([&](store::UndoRecord& undo) -> std::string {
    Database& db = *impl_->db;
    changes.clear();
    for (const PersonUpdate& update : wanted)
      changes.push_back(store::update_person(db, undo, update, binding().dimension));
    const bool other_far = far && *far != store::load_far(db);
    if (other_far) store::put_far(db, *far);
    if (undo.touched().empty() && !other_far) return "";
    return "trained " + std::to_string(undo.touched().size()) +
           (undo.touched().size() == 1 ? " person: " : " people: ") +
           photos(total(changes, &PersonChange::added)) + " added, " +
           std::to_string(total(changes, &PersonChange::changed)) + " changed, " +
           std::to_string(total(changes, &PersonChange::removed)) + " taken out";
  });
  return changes;
}

int Gallery::reject(const std::string& given, std::span<const Sample> rejected) {
  const std::string name = normal_name(given);
  check_samples(name, rejected, binding().dimension);
  int added = 0;
  impl_->change([&](store::UndoRecord& undo) -> std::string {
    Database& db = *impl_->db;
    const std::int64_t id = impl_->touch(undo, name);
    added = store::put_rejections(db, id, rejected);
    const int taken_out = store::delete_same_pictures(db, id, rejected);
    if (taken_out > 0) impl_->require_a_photo(id, name);
    if (added + taken_out == 0) return "";
    return "noted " + faces(added) + " not to be " + name;
  });
  return added;
}

int Gallery::accept(const std::string& given, std::span<const std::string> sources) {
  const std::string name = normal_name(given);
  int removed = 0;
  impl_->change([&](store::UndoRecord& undo) -> std::string {
    removed = store::delete_rejections(*impl_->db, impl_->touch(undo, name), sources);
    if (removed == 0) return "";
    return "took back that " + faces(removed) + (removed == 1 ? " is" : " are") + " not " + name;
  });
  return removed;
}

double Gallery::far() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->far;
}

void Gallery::set_far(double far) {
  check_far(far);
  impl_->change([&](store::UndoRecord&) {
    if (far == store::load_far(*impl_->db)) return "";
    store::put_far(*impl_->db, far);
    return "set the false-accept rate";
  });
}

void Gallery::remove(const std::string& given) {
  const std::string name = normal_name(given);
  impl_->change([&](store::UndoRecord& undo) {
    const std::int64_t id = impl_->touch(undo, name);
    const std::int64_t count = store::count_samples(*impl_->db, id);
    impl_->db->prepare("DELETE FROM people WHERE id = ?").bind(0, id).run();  // and the rest, by foreign key
    return "removed " + name + " (" + photos(count) + ")";
  });
}

int Gallery::remove_photos(const std::string& given, std::span<const std::string> sources) {
  const std::string name = normal_name(given);
  int removed = 0;
  impl_->change([&](store::UndoRecord& undo) {
    const std::int64_t id = impl_->touch(undo, name);
    removed = store::delete_samples(*impl_->db, id, sources);
    impl_->require_a_photo(id, name);
    return removed > 0 ? "removed " + photos(removed) + " of " + name : "";
  });
  return removed;
}

void Gallery::rename(const std::string& given, const std::string& wanted) {
  const std::string from = normal_name(given), to = person_name(wanted);
  impl_->change([&](store::UndoRecord& undo) -> std::string {
    Database& db = *impl_->db;
    const std::int64_t id = impl_->touch(undo, from);
    if (from == to) return "";
    if (const auto taken = store::find_person(db, to)) {
      undo.touch(*taken);
      store::merge_people(db, id, *taken);
      return "merged " + from + " into " + to;
    }
    db.prepare("UPDATE people SET name = ? WHERE id = ?").bind(0, to).bind(1, id).run();
    return "renamed " + from + " to " + to;
  });
}

Gallery::LastChange Gallery::undo() {
  std::optional<LastChange> last;
  impl_->transact([&](std::set<std::int64_t>& touched) {
    last = store::undo(*impl_->db, touched);
    return last.has_value();
  });
  if (!last) throw Error(ErrorCode::kNotFound, impl_->path.string() + ": there is no change to take back");
  return *last;
}

int Gallery::count_faces(const std::string& name) {
  int count = 0;
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->db) count = store::count_faces(*impl_->db, normal_name(name));
  }
  std::error_code ignored;
  const fs::path backup = backup_of(impl_->path);
  if (impl_->place == Place::kFile && fs::exists(backup, ignored)) count += open(backup).count_faces(name);
  return count;
}

int Gallery::erase(const std::string& given) {
  const std::string name = normal_name(given);
  int erased = 0;
  impl_->transact([&](std::set<std::int64_t>& touched) {
    erased = store::count_faces(*impl_->db, name);
    if (const auto id = store::find_person(*impl_->db, name)) {
      touched.insert(*id);
      impl_->db->prepare("DELETE FROM people WHERE id = ?").bind(0, *id).run();
    }
    store::clear_undo(*impl_->db);
    return true;
  });
  std::error_code ignored;
  const fs::path backup = backup_of(impl_->path);
  if (impl_->place == Place::kFile && fs::exists(backup, ignored)) {
    Gallery former = open(backup);
    if (former.count_faces(name) > 0) erased += former.erase(name);
  }
  return erased;
}

fs::path Gallery::backup_of(const fs::path& path) { return path.string() + "~"; }

void Gallery::commit_replacement() {
  if (impl_->place != Place::kDraft) return;
  try {
    copy_places(impl_->path, *impl_->db);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kCorrupt) throw;  // what is damaged beyond repair has none to keep
  }
  const std::string bytes = impl_->db->serialize();
  store::replace_file(impl_->path, bytes);
  *this = open(impl_->path);
}

}  // namespace kith

#include <kith/error.h>
#include <kith/gallery.h>

#include <algorithm>
#include <cmath>

#include "core/vectors.h"
#include "store/gallery_store.h"
#include "store/similar_names.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

void check_name(const std::string& name) {
  if (name.empty()) throw Error(ErrorCode::kInvalidArgument, "a person's name must not be empty");
  if (name.find('\0') != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument, "a person's name must not contain a zero byte");
  }
}

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

constexpr double kDefaultFar = 1e-3;

Error no_such_person(const std::string& name, const std::string& file, const std::vector<Person>& people) {
  std::vector<std::string> names;
  for (const Person& person : people) names.push_back(person.name);
  return {ErrorCode::kNotFound, file + ": nobody is called " + name + suggest(name, names)};
}

}  // namespace

struct Gallery::Impl {
  fs::path path;
  Database db;
  store::Contents contents;
  bool draft = false;  // in memory, until commit_replacement

  // Runs `change` on the tables in one transaction and brings `contents` up to date; after an error nothing
  // has changed.
  template <typename Change>
  void transact(Change change) {
    Transaction transaction(db);
    store::upgrade(db);
    change();
    store::Contents fresh = store::load(db);
    transaction.commit();
    contents = std::move(fresh);
  }

  int put(const std::string& name, std::span<const Sample> samples) {
    if (samples.empty()) return 0;
    const std::int64_t id = store::put_person(db, name);
    return static_cast<int>(
        std::ranges::count_if(samples, [&](const Sample& s) { return store::put_sample(db, id, s); }));
  }

  // The id of a person in the file as it is now, within a transaction.
  std::int64_t id_of(const std::string& name) {
    Statement row = db.prepare("SELECT id FROM people WHERE name = ?");
    row.bind(0, name);
    if (!row.step())
      throw no_such_person(name, path.string(), store::load_people(db, contents.binding.dimension));
    return row.integer(0);
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
  store::Contents contents = store::load(db);
  return Gallery(std::make_unique<Impl>(Impl{path, std::move(db), std::move(contents)}));
}

Gallery Gallery::replace(const fs::path& path, const Binding& binding) {
  const fs::path target = fs::is_symlink(path) ? fs::weakly_canonical(path) : path;  // keep the link
  store::check_replaceable(target);
  Database db = Database::in_memory(path.string());
  store::create(db, binding);
  return Gallery(std::make_unique<Impl>(Impl{target, std::move(db), {binding, {}, kDefaultFar}, true}));
}

Gallery Gallery::in_memory(const Binding& binding) {
  Database db = Database::in_memory("gallery in memory");
  store::create(db, binding);
  return Gallery(
      std::make_unique<Impl>(Impl{"gallery in memory", std::move(db), {binding, {}, kDefaultFar}}));
}

const Gallery::Binding& Gallery::binding() const { return impl_->contents.binding; }
const std::vector<Person>& Gallery::people() const { return impl_->contents.people; }

void Gallery::require(const std::string& identity, const std::string& embedder_name) const {
  if (identity == binding().identity) return;
  std::string advice = "recognise with --embedder " + binding().name +
                       ", or train again with: kith train PHOTOS --embedder " + embedder_name;
  if (embedder_name == binding().name) {
    advice =
        "that model has changed since (other weights or preprocessing under the same name): train again "
        "with: kith train PHOTOS";
  }
  throw Error(ErrorCode::kInvalidArgument, impl_->path.string() + ": was made with the embedder " +
                                               binding().name + ", not with " + embedder_name +
                                               ", and their numbers cannot be compared; " + advice);
}

const Person* Gallery::find(const std::string& name) const {
  const auto found = std::ranges::find(people(), name, &Person::name);
  return found == people().end() ? nullptr : &*found;
}

int Gallery::add(const std::string& name, std::span<const Sample> samples) {
  check_name(name);
  check_samples(name, samples, binding().dimension);
  int added = 0;
  impl_->transact([&] {
    added = impl_->put(name, samples);
    return added > 0;
  });
  return added;
}

void Gallery::add_all(std::span<const Person> people) {
  for (const Person& person : people) {
    check_name(person.name);
    check_samples(person.name, person.samples, binding().dimension);
  }
  impl_->transact([&] {
    int added = 0;
    for (const Person& person : people) added += impl_->put(person.name, person.samples);
    return added > 0;
  });
}

int Gallery::reject(const std::string& name, std::span<const Sample> faces) {
  check_samples(name, faces, binding().dimension);
  int added = 0;
  impl_->transact([&] {
    const std::int64_t id = impl_->id_of(name);
    added = static_cast<int>(std::ranges::count_if(
        faces, [&](const Sample& f) { return store::put_rejection(impl_->db, id, f); }));
    return false;
  });
  return added;
}

int Gallery::accept(const std::string& name, std::span<const std::string> sources) {
  int removed = 0;
  impl_->transact([&] {
    const std::int64_t id = impl_->id_of(name);
    for (const std::string& source : sources) {
      impl_->db.prepare("DELETE FROM rejections WHERE person = ? AND source = ?")
          .bind(0, id)
          .bind(1, source)
          .run();
      removed += impl_->db.changes();
    }
    return false;
  });
  return removed;
}

double Gallery::far() const { return impl_->contents.far; }

void Gallery::set_far(double far) {
  if (!(far > 0 && far < 1))
    throw Error(ErrorCode::kInvalidArgument, "a false-accept rate lies between 0 and 1");
  impl_->transact([&] {
    store::put_far(impl_->db, far);
    return false;
  });
}

void Gallery::remove(const std::string& name) {
  impl_->transact([&] {
    const std::int64_t id = impl_->id_of(name);
    impl_->db.prepare("DELETE FROM people WHERE id = ?")
        .bind(0, id)
        .run();  // and the samples, by foreign key
    return true;
  });
}

void Gallery::rename(const std::string& from, const std::string& to) {
  check_name(to);
  impl_->transact([&] {
    Database& db = impl_->db;
    const std::int64_t id = impl_->id_of(from);
    if (from == to) return false;
    db.prepare("UPDATE OR IGNORE people SET name = ? WHERE id = ?").bind(0, to).bind(1, id).run();
    if (db.changes() > 0) return false;  // the classifier knows people by id
    // The name is taken: merge. Photos that both have stay behind and go with the old row.
    const std::int64_t target = impl_->id_of(to);
    db.prepare("UPDATE OR IGNORE samples SET person = ? WHERE person = ?").bind(0, target).bind(1, id).run();
    db.prepare("UPDATE OR IGNORE rejections SET person = ? WHERE person = ?")
        .bind(0, target)
        .bind(1, id)
        .run();
    db.prepare("DELETE FROM people WHERE id = ?").bind(0, id).run();
    return true;
  });
}

void Gallery::commit_replacement() {
  if (!impl_->draft) return;
  const std::string bytes = impl_->db.serialize();
  store::replace_file(impl_->path, bytes);
  *this = open(impl_->path);
}

}  // namespace kith

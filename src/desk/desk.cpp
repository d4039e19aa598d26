#include "desk/desk.h"

#include <kith/error.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "core/checksum.h"
#include "core/clock.h"
#include "core/person_name.h"
#include "desk/photo_id.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(250);

// What a gallery calls a photo that came without a path: told from others of the same name by its checksum.
std::string source_of(const PhotoBytes& photo, const std::string& checksum) {
  constexpr std::size_t kLongest = 100;
  std::string name = fs::path(photo.name).filename().string().substr(0, kLongest);
  std::erase_if(name, [](unsigned char c) { return c < 32 || c == 127; });
  return "upload:" + checksum.substr(0, 16) + ":" + name;
}

Error nobody(const std::string& name) { return {ErrorCode::kNotFound, "nobody is called " + name}; }

}  // namespace

Desk::Desk(const Stages& stages, Gallery gallery, const DeskOptions& options)
    : stages_(stages),
      options_(options),
      gallery_(std::move(gallery)),
      empty_names_(options.data / "names.json"),
      pictures_(options.data / "pictures") {
  gallery_.require(stages.embedder().identity(), stages.embedder().name());
  refresh();
  forget_pictures();
  follower_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
}

Desk::~Desk() = default;

LookedAt Desk::look(std::string_view bytes, const std::string& name, LookAt how) const {
  how.max_pixels = options_.max_pixels;
  return look_at(stages_, bytes, name, how);
}

// One reader at a time; who waits finds that it has been done.
void Desk::refresh() {
  const std::lock_guard lock(refreshing_);
  const std::shared_ptr<const KnownPeople> known = known_.load();
  if (known && known->version() == gallery_.version()) return;
  known_ = std::make_shared<const KnownPeople>(gallery_.snapshot(), stages_.embedder().calibration(),
                                               options_.far);
  well_ = true;
}

void Desk::follow(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    wake.wait_for(lock, stop, kLookEvery, [] { return false; });
    if (known()->version() == gallery_.version()) continue;
    try {
      refresh();
      forget_pictures();
    } catch (const std::exception& e) {
      if (well_.exchange(false) && options_.complain)
        options_.complain(std::string(e.what()) + "; the people known before stay known");
    }
  }
}

// Pictures of photos that are enrolled no more, whoever took them out.
void Desk::forget_pictures() {
  const std::lock_guard lock(keeping_);
  if (!pictures_.any()) return;
  std::set<std::string> enrolled;
  const std::shared_ptr<const KnownPeople> now = known();  // whoever replaces it meanwhile
  for (const Person& person : now->people())
    for (const Sample& sample : person.samples) enrolled.insert(sample.checksum);
  pictures_.keep_only(enrolled);
}

Judged Desk::look_and_judge(const PhotoBytes& photo, const std::string& name, std::span<const Sample> own,
                            const EnrolRules& rules) const {
  try {
    return judge(look(photo.bytes, photo.name), name, own, *known(), rules);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kCorrupt && e.code() != ErrorCode::kUnsupported) throw;
    Judged judged;
    const bool large = std::string_view(e.what()).find("larger than") != std::string_view::npos;
    judged.refused = large ? Refusal::kTooLarge : Refusal::kUnreadable;
    judged.detail = e.what();
    return judged;
  }
}

std::vector<EnrolledPhoto> Desk::enrol(const std::string& given, std::span<const PhotoBytes> photos,
                                       const EnrolRules& rules) {
  const std::string name = person_name(given);
  std::vector<EnrolledPhoto> answers(photos.size());
  std::vector<std::string> checksums(photos.size());
  std::vector<Sample> samples, own;  // to be enrolled; these and those that are
  std::set<std::string> enrolled;
  const std::shared_ptr<const KnownPeople> before = known();
  if (const Person* person = before->find(name)) own = person->samples;
  for (const Sample& sample : own) enrolled.insert(sample.checksum);
  for (std::size_t i = 0; i < photos.size(); ++i) {
    checksums[i] = sha256_hex(photos[i].bytes);
    if (!enrolled.insert(checksums[i]).second) {
      answers[i].refused = Refusal::kDuplicate;
      answers[i].detail = "it is enrolled already";
      continue;
    }
    Judged judged = look_and_judge(photos[i], name, own, rules);
    answers[i].refused = judged.refused;
    answers[i].detail = judged.detail;
    if (judged.refused) continue;
    samples.push_back({0, source_of(photos[i], checksums[i]), checksums[i], std::move(judged.face.embedding),
                       judged.face.quality});
    own.push_back(samples.back());
  }
  if (samples.empty()) {
    find_ids(name, checksums, answers);
    return answers;
  }
  {
    // Pictures first, so that none is missing; nobody takes them for forgotten meanwhile.
    const std::lock_guard lock(keeping_);
    for (std::size_t i = 0; options_.keep_pictures && i < photos.size(); ++i)
      if (!answers[i].refused) pictures_.keep(checksums[i], photos[i].bytes);
    gallery_.add(name, samples);
    refresh();
  }
  empty_names_.remove(name);
  find_ids(name, checksums, answers);
  return answers;
}

void Desk::find_ids(const std::string& name, std::span<const std::string> checksums,
                    std::vector<EnrolledPhoto>& answers) const {
  const std::shared_ptr<const KnownPeople> now = known();
  const Person* const person = now->find(name);
  if (person == nullptr) return;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto sample = std::ranges::find(person->samples, checksums[i], &Sample::checksum);
    if (sample != person->samples.end()) answers[i].id = photo_id(*sample);
  }
}

std::vector<FoundPhoto> Desk::photos(const std::string& name) const {
  const std::shared_ptr<const KnownPeople> now = known();
  const Person* const person = now->find(name);
  if (person == nullptr) throw nobody(name);
  std::vector<FoundPhoto> found;
  for (const Sample& sample : person->samples) found.push_back({name, sample});
  return found;
}

std::optional<FoundPhoto> Desk::find_photo(const std::string& id) const {
  const std::optional<std::int64_t> number = sample_of_photo_id(id);
  if (!number) return std::nullopt;
  const std::shared_ptr<const KnownPeople> now = known();
  for (const Person& person : now->people()) {
    for (const Sample& sample : person.samples)
      if (sample.id == *number && photo_id(sample) == id) return FoundPhoto{person.name, sample};
  }
  return std::nullopt;
}

std::optional<FoundPhoto> Desk::remove_photo(const std::string& id) {
  std::optional<FoundPhoto> found = find_photo(id);
  if (!found) return std::nullopt;
  if (photos(found->person).size() == 1) {
    gallery_.erase(found->person);
  } else {
    gallery_.remove_photos(found->person, {&found->sample.source, 1});
  }
  refresh();
  forget_pictures();
  return found;
}

std::optional<int> Desk::erase(const std::string& name) {
  const bool was_empty = empty_names_.remove(name);
  const std::shared_ptr<const KnownPeople> before = known();
  const Person* const person = before->find(name);
  const int photos = person != nullptr ? static_cast<int>(person->samples.size()) : 0;
  const int faces = gallery_.erase(name);  // also those that undo kept
  refresh();
  forget_pictures();
  if (faces == 0 && !was_empty) return std::nullopt;
  return photos;
}

std::pair<std::size_t, fs::path> Desk::erase_all() {
  const std::shared_ptr<const KnownPeople> now = known();
  std::size_t count = empty_names_.clear() + now->people().size();
  if (now->people().empty()) return {count, {}};
  std::string time = utc_text();
  std::erase(time, ':');
  const fs::path copy = options_.data / ("before-erasing-all-" + time + ".kith");
  fs::create_directories(options_.data);
  Gallery kept = Gallery::replace(copy, stages_.embedder().binding());
  kept.add_all(now->people());
  kept.commit_replacement();
  for (const Person& person : now->people()) gallery_.erase(person.name);
  refresh();
  forget_pictures();
  return {count, copy};
}

bool Desk::rename(const std::string& from, const std::string& given) {
  const std::string to = person_name(given);
  const std::shared_ptr<const KnownPeople> now = known();
  const bool merged = now->find(to) != nullptr || empty_names_.has(to);
  if (empty_names_.has(from)) {
    if (now->find(to) == nullptr) empty_names_.add(to);
    empty_names_.remove(from);
    return merged;
  }
  gallery_.rename(from, to);
  refresh();
  empty_names_.remove(to);
  return merged;
}

bool Desk::reject(const std::string& name, const PhotoBytes& photo) {
  const std::shared_ptr<const KnownPeople> now = known();
  const Person* const person = now->find(name);
  if (person == nullptr) throw nobody(name);
  const LookedAt seen = look(photo.bytes, photo.name);
  if (seen.faces.empty()) throw Error(ErrorCode::kNotFound, photo.name + ": no face is found in it");
  const Calibration& calibration = stages_.embedder().calibration();
  const SeenFace& face = *std::ranges::max_element(seen.faces, {}, [&](const SeenFace& one) {
    return similarity(one.embedding, person->centre, calibration);
  });
  const std::string checksum = sha256_hex(photo.bytes);
  const Sample sample{0, source_of(photo, checksum), checksum, face.embedding, face.quality};
  const bool is_new = gallery_.reject(name, {&sample, 1}) > 0;
  refresh();
  forget_pictures();
  return is_new;
}

Gallery::LastChange Desk::undo() {
  const Gallery::LastChange last = gallery_.undo();
  refresh();
  return last;
}

std::vector<std::string> Desk::names() const {
  std::set<std::string> names = empty_names_.all();
  const std::shared_ptr<const KnownPeople> now = known();
  for (const Person& person : now->people()) names.insert(person.name);
  return {names.begin(), names.end()};
}

std::optional<std::string> Desk::kept_name(const std::string& name) const {
  if (const auto kept = known()->kept_name(name)) return kept;
  const std::string folded = folded_name(name);
  for (const std::string& empty : empty_names_.all())
    if (folded_name(empty) == folded) return empty;
  return std::nullopt;
}

}  // namespace kith

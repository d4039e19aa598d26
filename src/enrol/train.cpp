#include "enrol/train.h"

#include <kith/error.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "core/lower_case.h"
#include "core/person_name.h"
#include "enrol/agreeing_face.h"
#include "people/clustering.h"
#include "people/template.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

// Faces that are less alike than this are two people's, for all that is known: once in a hundred pairs of strangers are
// more alike.
constexpr double kAlikeFar = 1e-2;
constexpr float kUncalibrated = 0.3F;
constexpr std::size_t kFewestFaces = 3;  // among which several people can be told

// The first of two equal files under one name counts; the order is that of the list, not of the threads.
void mark_unusable(TrainReport& report) {
  std::map<std::pair<std::string, std::string>, std::string> first;  // (folder, checksum) -> source
  for (std::size_t i = 0; i < report.photos.size(); ++i) {
    const PersonPhoto& photo = report.photos[i];
    PhotoOutcome& outcome = report.outcomes[i];
    if (outcome.status != PhotoStatus::kUsed && outcome.status != PhotoStatus::kNoFace) continue;
    if (photo.loose || report.nobody.contains(photo.folder)) {
      outcome.status = PhotoStatus::kNoPerson;
      continue;
    }
    const auto [known, fresh] =
        first.emplace(std::pair(photo.folder, outcome.sample.checksum), outcome.sample.source);
    if (fresh) continue;
    outcome.status = PhotoStatus::kDuplicate;
    outcome.duplicate_of = known->second;
  }
}

// Folders called as nobody can be.
void find_impossible_names(const PersonPhotoList& list, TrainReport& report) {
  std::set<std::string> names;
  for (const PersonPhoto& photo : list.photos) {
    if (!photo.loose) names.insert(photo.folder);
  }
  for (const std::string& name : names) {
    try {
      person_name(name);
    } catch (const Error& e) {
      report.nobody.emplace(name, e.what());
    }
  }
}

// Folders of which one could not be read cannot say what is gone from them.
bool is_whole(const std::string& folder, const TrainReport& report) {
  return std::ranges::none_of(report.unreadable_inputs, [&](const auto& failure) {
    return (fs::absolute(failure.first).lexically_normal().string() + "/").starts_with(folder + "/");
  });
}

void find_agreeing_faces(const Stages& stages, const Gallery& gallery, TrainReport& report) {
  std::map<std::string, std::vector<std::size_t>> by_person;
  std::set<std::string> seen;  // checksums
  for (std::size_t i = 0; i < report.photos.size(); ++i) {
    if (report.outcomes[i].status != PhotoStatus::kUsed) continue;
    by_person[report.photos[i].folder].push_back(i);
    seen.insert(report.outcomes[i].sample.checksum);
  }
  for (const auto& [name, photos] : by_person) {
    std::vector<Sample> elsewhere;  // enrolled from other photos than these
    if (const Person* person = gallery.find(name)) {
      std::ranges::copy_if(person->samples, std::back_inserter(elsewhere),
                           [&](const Sample& s) { return !seen.contains(s.checksum); });
    }
    take_agreeing_faces(stages, report.photos, report.outcomes, photos, elsewhere);
  }
}

std::map<std::string, PersonUpdate> updates_of(const PersonPhotoList& list, const TrainReport& report) {
  std::map<std::string, PersonUpdate> updates;
  for (std::size_t i = 0; i < report.photos.size(); ++i) {
    const PersonPhoto& photo = report.photos[i];
    if (photo.loose || report.nobody.contains(photo.folder)) continue;
    PersonUpdate& update = updates[photo.folder];
    update.name = photo.folder;
    update.present.insert(stored_source(photo.path));
    if (report.outcomes[i].status != PhotoStatus::kUsed) continue;
    update.samples.push_back(report.outcomes[i].sample);
    update.samples.back().source = stored_source(update.samples.back().source);
    update.present.insert(update.samples.back().source);
  }
  for (const auto& [name, folders] : list.folders) {
    const auto update = updates.find(name);
    if (update == updates.end()) continue;
    for (const std::string& folder : folders) {
      if (is_whole(folder, report)) update->second.folders.push_back(folder);
    }
  }
  return updates;
}

void find_nobody(const PersonPhotoList& list, std::map<std::string, PersonUpdate>& updates,
                 const Gallery& gallery, TrainReport& report) {
  for (const auto& [name, folders] : list.folders) {
    const auto update = updates.find(name);
    if (report.nobody.contains(name) || gallery.find(name) != nullptr) continue;
    if (update == updates.end()) {
      report.nobody.emplace(name, "no photo in it");
    } else if (update->second.samples.empty()) {
      report.nobody.emplace(name, "no photo that can be used");
      updates.erase(update);
    }
  }
}

bool is_trained(const TrainReport& report, const std::string& name) {
  return std::ranges::find(report.people, name, &PersonChange::name) != report.people.end();
}

void find_same_photos(const Gallery& gallery, TrainReport& report) {
  std::map<std::string, std::set<std::string>> owners;  // checksum -> names
  for (const Person& person : gallery.people()) {
    for (const Sample& sample : person.samples) {
      if (!sample.checksum.empty()) owners[sample.checksum].insert(person.name);
    }
  }
  std::map<std::pair<std::string, std::string>, int> pairs;
  for (const auto& [checksum, names] : owners) {
    for (auto a = names.begin(); a != names.end(); ++a) {
      for (auto b = std::next(a); b != names.end(); ++b) ++pairs[{*a, *b}];
    }
  }
  for (const auto& [names, photos] : pairs) {
    const auto& [a, b] = names;
    if (is_trained(report, a)) {
      report.same_photos.push_back({a, b, photos});
    } else if (is_trained(report, b)) {
      report.same_photos.push_back({b, a, photos});
    }
  }
}

// Names that differ in case only; those who share photos have been told.
void find_same_names(const Gallery& gallery, TrainReport& report) {
  const auto told = [&](const std::string& a, const std::string& b) {
    return std::ranges::any_of(report.same_photos, [&](const TrainReport::SamePhotos& same) {
      return (same.name == a && same.other == b) || (same.name == b && same.other == a);
    });
  };
  std::map<std::string, std::string> spellings;
  for (const Person& person : gallery.people()) {
    const auto [first, fresh] = spellings.emplace(lower_case(person.name), person.name);
    if (!fresh && (is_trained(report, person.name) || is_trained(report, first->second)) &&
        !told(person.name, first->second))
      report.same_photos.push_back({person.name, first->second, 0});
  }
}

// Folders within one person's that look like different people: PHOTOS/family/ada, PHOTOS/family/bob.
void find_nested_people(const Gallery& gallery, const Calibration& calibration, TrainReport& report) {
  constexpr double kSameFar = 1e-3;  // templates of one person are more alike than single photos
  const float alike = threshold_at(calibration, kSameFar).value_or(kUncalibrated);
  for (const PersonChange& change : report.people) {
    const Person* person = gallery.find(change.name);
    if (person == nullptr) continue;
    const auto folder_of = [](const Sample& sample) { return fs::path(sample.source).parent_path(); };
    const bool one_folder = std::ranges::all_of(
        person->samples, [&](const Sample& s) { return folder_of(s) == folder_of(person->samples.front()); });
    if (one_folder) continue;
    std::map<std::string, std::vector<Sample>> folders;
    for (const Sample& sample : person->samples) folders[folder_of(sample).string()].push_back(sample);
    std::erase_if(folders, [](const auto& folder) { return folder.second.size() < 2; });
    if (folders.size() < 2) continue;
    const auto& [first, samples] = *folders.begin();
    const Embedding centre = template_of(samples);
    const auto unlike = std::find_if(std::next(folders.begin()), folders.end(), [&](const auto& folder) {
      return similarity(template_of(folder.second), centre, calibration) < alike;
    });
    if (unlike != folders.end()) report.nested.push_back({change.name, first, unlike->first});
  }
}

void note_rejected(TrainReport& report) {
  std::set<std::pair<std::string, std::string>> rejected;
  for (const PersonChange& change : report.people) {
    for (const std::string& source : change.rejected_sources) rejected.emplace(change.name, source);
  }
  for (std::size_t i = 0; i < report.photos.size(); ++i) {
    if (report.outcomes[i].status == PhotoStatus::kUsed &&
        rejected.contains({report.photos[i].folder, stored_source(report.outcomes[i].sample.source)}))
      report.outcomes[i].status = PhotoStatus::kRejected;
  }
}

// What can be said of the gallery as it is now.
void examine(const Stages& stages, const Gallery& gallery, const std::atomic<bool>& stop,
             TrainReport& report) {
  std::map<std::string, std::set<std::string>> trained;  // name -> sources
  for (std::size_t i = 0; i < report.photos.size(); ++i)
    trained[report.photos[i].folder].insert(stored_source(report.outcomes[i].sample.source));
  for (const Person& person : gallery.people()) {
    if (!trained.contains(person.name)) report.kept.push_back(person.name);
  }
  find_same_photos(gallery, report);
  find_same_names(gallery, report);
  find_nested_people(gallery, stages.embedder().calibration(), report);
  report.suspects = find_suspects(
      gallery.people(),
      [&](const Person& person, const Sample& sample) {
        const auto of_person = trained.find(person.name);
        return of_person != trained.end() && of_person->second.contains(sample.source);
      },
      stop);
  IdentifierOptions identifying = identifier_options(stages.embedder(), gallery);
  report.far = identifying.far;
  if (identifying.calibration.far.empty()) {
    identifying.threshold = -1;  // nobody can be unknown
  } else {
    report.threshold = Identifier(gallery.people(), identifying).threshold();
  }
  report.validation = cross_validate(gallery.people(), identifying, stop);
}

}  // namespace

std::map<PhotoStatus, int> TrainReport::counts() const {
  std::map<PhotoStatus, int> counts;
  for (const PhotoStatus status :
       {PhotoStatus::kUsed, PhotoStatus::kNoFace, PhotoStatus::kUnreadable, PhotoStatus::kDuplicate,
        PhotoStatus::kNoPerson, PhotoStatus::kRejected, PhotoStatus::kPending}) {
    counts[status] = static_cast<int>(std::ranges::count(outcomes, status, &PhotoOutcome::status));
  }
  return counts;
}

std::string stored_source(const fs::path& photo) {
  if (photo.empty()) return "";  // of one that was not read
  return fs::absolute(photo).lexically_normal().string();
}

std::vector<std::size_t> groups_if_mixed(std::span<const Sample> samples, const Calibration& calibration) {
  ClusterOptions options;
  options.threshold = threshold_at(calibration, kAlikeFar).value_or(kUncalibrated);
  std::vector<Embedding> faces;
  std::vector<float> qualities;
  for (const Sample& sample : samples) {
    if (sample.quality < options.min_quality) continue;  // poor faces are like nobody
    faces.push_back(centred(sample.embedding, calibration));
    qualities.push_back(sample.quality);
  }
  std::vector<std::size_t> sizes;
  if (faces.size() < kFewestFaces) return sizes;
  for (const auto& group : cluster(faces, qualities, options)) sizes.push_back(group.size());
  if (2 * sizes.front() > faces.size()) sizes.clear();
  return sizes;
}

TrainReport train(const Stages& stages, const TrainOptions& options, const std::atomic<bool>& stop,
                  const ReportProgress& progress) {
  const Binding binding = stages.embedder().binding();
  // Fails now rather than at the end.
  Gallery gallery = options.replace ? Gallery::replace(options.people, binding)
                                    : Gallery::open_or_create(options.people, binding);
  PersonPhotoList list = list_person_photos(options.inputs, stages.embedder());
  TrainReport report;
  report.unreadable_inputs = list.unreadable;
  report.photos = list.photos;
  if (report.photos.empty() && report.unreadable_inputs.empty()) {
    throw Error(ErrorCode::kInvalidArgument, options.inputs.front() +
                                                 ": no pictures in it; a folder with a folder of photos for "
                                                 "each person is needed");
  }
  find_impossible_names(list, report);
  report.outcomes = embed_photos(stages, report.photos, stop, progress);
  if (stop) return report;
  mark_unusable(report);
  find_agreeing_faces(stages, gallery, report);
  std::map<std::string, PersonUpdate> updates = updates_of(list, report);
  find_nobody(list, updates, gallery, report);
  std::vector<PersonUpdate> wanted;
  std::size_t people = 0;  // who have a photo
  for (auto& [name, update] : updates) {
    std::vector<std::size_t> groups = groups_if_mixed(update.samples, stages.embedder().calibration());
    people += update.samples.empty() ? 0 : 1;
    if (!groups.empty()) report.mixed.emplace(name, std::move(groups));
    wanted.push_back(std::move(update));
  }
  if (people == report.mixed.size()) return report;  // nobody, or nothing that is a person
  report.people = gallery.update(wanted, options.far);
  gallery.commit_replacement();
  report.written = true;
  note_rejected(report);
  examine(stages, gallery, stop, report);
  return report;
}

}  // namespace kith

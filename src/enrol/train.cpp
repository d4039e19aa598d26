#include "enrol/train.h"

#include <kith/error.h>

#include <algorithm>

namespace kith {
namespace {

// The first of two equal files under one name counts; the order is that of the list, not of the threads.
void mark_unusable(const std::vector<PersonPhoto>& photos, std::vector<PhotoOutcome>& outcomes) {
  std::map<std::pair<std::string, std::string>, std::string> first;  // (folder, checksum) -> source
  for (std::size_t i = 0; i < photos.size(); ++i) {
    PhotoOutcome& outcome = outcomes[i];
    if (outcome.status != PhotoStatus::kUsed && outcome.status != PhotoStatus::kNoFace) continue;
    if (photos[i].loose) {
      outcome.status = PhotoStatus::kNoPerson;
      continue;
    }
    const auto [known, fresh] =
        first.emplace(std::pair(photos[i].folder, outcome.sample.checksum), outcome.sample.source);
    if (fresh) continue;
    outcome.status = PhotoStatus::kDuplicate;
    outcome.duplicate_of = known->second;
  }
}

std::vector<Person> group(const std::vector<PersonPhoto>& photos, const std::vector<PhotoOutcome>& outcomes) {
  std::map<std::string, Person> people;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (outcomes[i].status != PhotoStatus::kUsed) continue;
    Person& person = people[photos[i].folder];
    person.name = photos[i].folder;
    person.samples.push_back(outcomes[i].sample);
  }
  std::vector<Person> result;
  for (auto& [name, person] : people) result.push_back(std::move(person));
  return result;
}

}  // namespace

std::map<PhotoStatus, int> TrainReport::counts() const {
  std::map<PhotoStatus, int> counts;
  for (const PhotoStatus status : {PhotoStatus::kUsed, PhotoStatus::kNoFace, PhotoStatus::kUnreadable,
                                   PhotoStatus::kDuplicate, PhotoStatus::kNoPerson, PhotoStatus::kPending}) {
    counts[status] = static_cast<int>(std::ranges::count(outcomes, status, &PhotoOutcome::status));
  }
  return counts;
}

TrainReport train(const Stages& stages, const TrainOptions& options, const std::atomic<bool>& stop,
                  const ReportProgress& progress) {
  Gallery gallery =
      Gallery::replace(options.people, stages.embedder().binding());  // fails now rather than at the end
  PersonPhotoList list = list_person_photos(options.inputs, stages.embedder());
  TrainReport report;
  report.unreadable_inputs = std::move(list.unreadable);
  report.photos = std::move(list.photos);
  if (report.photos.empty() && report.unreadable_inputs.empty()) {
    throw Error(ErrorCode::kInvalidArgument, options.inputs.front() +
                                                 ": no pictures in it; kith train wants a folder with a "
                                                 "folder of photos for each person");
  }
  report.outcomes = embed_photos(stages, report.photos, stop, progress);
  mark_unusable(report.photos, report.outcomes);
  gallery.add_all(group(report.photos, report.outcomes));
  for (const Person& person : gallery.people())
    report.people[person.name] = static_cast<int>(person.samples.size());
  gallery.set_far(options.far);
  IdentifierOptions identifying = identifier_options(stages.embedder(), gallery);
  if (identifying.calibration.far.empty()) identifying.threshold = -1;  // nobody can be unknown
  if (!identifying.threshold) report.threshold = Identifier(gallery.people(), identifying).threshold();
  report.suspects = find_suspects(gallery.people());
  report.validation = cross_validate(gallery.people(), identifying, stop);
  if (stop || report.people.empty()) return report;
  gallery.commit_replacement();
  report.written = true;
  return report;
}

}  // namespace kith

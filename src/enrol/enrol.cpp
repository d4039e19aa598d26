#include "enrol/enrol.h"

#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/checksum.h"
#include "core/files.h"
#include "core/person_name.h"
#include "enrol/agreeing_face.h"
#include "enrol/train.h"

namespace kith {
namespace {

// Marks photos whose face is enrolled already, or that come twice. @return the rest that has a face.
std::vector<std::size_t> mark_duplicates(const Person* person, std::vector<PhotoOutcome>& outcomes) {
  std::map<std::string, std::string> known;  // checksum -> source
  if (person != nullptr) {
    for (const Sample& sample : person->samples) known.emplace(sample.checksum, sample.source);
  }
  std::vector<std::size_t> fresh;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    PhotoOutcome& outcome = outcomes[i];
    if (outcome.status != PhotoStatus::kUsed) continue;
    const auto [first, is_first] = known.emplace(outcome.sample.checksum, outcome.sample.source);
    if (is_first) {
      fresh.push_back(i);
    } else {
      outcome.status = PhotoStatus::kDuplicate;
      outcome.duplicate_of = first->second;
    }
  }
  return fresh;
}

}  // namespace

EnrolReport enrol(const Stages& stages, Gallery& gallery, const std::string& given,
                  std::span<const std::string> inputs, const std::atomic<bool>& stop,
                  const ReportProgress& progress) {
  const std::string name = person_name(given);
  gallery.require(stages.embedder().identity(), stages.embedder().name());
  PersonPhotoList list = list_person_photos(inputs, stages.embedder());
  EnrolReport report;
  report.photos = std::move(list.photos);
  report.unreadable_inputs = std::move(list.unreadable);
  for (PersonPhoto& photo : report.photos) photo.folder = name;
  report.outcomes = embed_photos(stages, report.photos, stop, progress);
  if (stop) return report;
  const Person* known = gallery.find(name);
  const std::vector<std::size_t> fresh = mark_duplicates(known, report.outcomes);
  take_agreeing_faces(stages, report.photos, report.outcomes, fresh,
                      known != nullptr ? std::span<const Sample>(known->samples) : std::span<const Sample>());
  std::vector<Sample> samples;
  for (const std::size_t i : fresh) {
    samples.push_back(report.outcomes[i].sample);
    samples.back().source = stored_source(samples.back().source);
  }
  std::set<std::string> added;
  for (const Sample& sample : samples) added.insert(sample.source);
  report.added = gallery.add(name, samples);
  if (const Person* person = gallery.find(name)) report.enrolled = static_cast<int>(person->samples.size());
  if (report.added == 0) return report;
  report.suspects = find_suspects(gallery.people(), [&](const Person& person, const Sample& sample) {
    return person.name == name && added.contains(sample.source);
  });
  return report;
}

namespace {

// The sample that was enrolled from a photo, given as it was then or as the same file elsewhere.
const Sample* enrolled_from(const std::vector<Sample>& samples, const std::string& photo) {
  const auto by_source = std::ranges::find_if(
      samples, [&](const Sample& s) { return s.source == photo || s.source == stored_source(photo); });
  if (by_source != samples.end()) return &*by_source;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(photo, ignored)) return nullptr;
  const auto by_bytes = std::ranges::find(samples, sha256_hex(read_file(photo)), &Sample::checksum);
  return by_bytes == samples.end() ? nullptr : &*by_bytes;
}

// The face of the photo that is most like a person.
Sample most_like(const Stages& stages, const std::string& photo, const Embedding& centre,
                 const Calibration& calibration) {
  Sample most;
  float highest = -2;
  for (SeenFace& seen : stages.look(read_image(photo))) {
    const float s = similarity(seen.embedding, centre, calibration);
    if (s <= highest) continue;
    highest = s;
    most.embedding = std::move(seen.embedding);
    most.quality = seen.quality;
  }
  if (most.embedding.empty()) throw Error(ErrorCode::kNotFound, photo + ": no face found");
  most.source = stored_source(photo);
  most.checksum = sha256_hex(read_file(photo));
  return most;
}

}  // namespace

RemoveReport remove_photos(Gallery& gallery, const std::string& name, std::span<const std::string> photos) {
  RemoveReport report;
  gallery.remove_photos(name, {});  // its faults first
  const std::vector<Sample> samples = gallery.find(name)->samples;
  for (const std::string& photo : photos) {
    const Sample* sample = enrolled_from(samples, photo);
    (sample != nullptr ? report.removed : report.not_found)
        .push_back(sample != nullptr ? sample->source : photo);
  }
  gallery.remove_photos(name, report.removed);
  return report;
}

RejectReport reject(const Stages& stages, Gallery& gallery, const std::string& name,
                    std::span<const std::string> photos) {
  const Calibration& calibration = identifier_options(stages.embedder(), gallery).calibration;
  gallery.reject(name, {});  // its faults first
  const Person person = *gallery.find(name);
  RejectReport report;
  std::vector<Sample> faces;
  for (const std::string& photo : photos) {
    RejectReport::Outcome& outcome = report.outcomes.emplace_back();
    outcome.source = photo;
    try {
      const Sample* enrolled = enrolled_from(person.samples, photo);
      Sample face = enrolled != nullptr ? *enrolled : most_like(stages, photo, person.centre, calibration);
      outcome.taken_out = enrolled != nullptr;
      outcome.similarity = similarity(face.embedding, person.centre, calibration);
      outcome.noted =
          std::ranges::find(person.rejected, face.checksum, &Sample::checksum) == person.rejected.end();
      faces.push_back(std::move(face));
    } catch (const Error& e) {
      outcome.error = e.what();
    }
  }
  gallery.reject(name, faces);
  return report;
}

}  // namespace kith

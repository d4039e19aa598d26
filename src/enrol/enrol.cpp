#include "enrol/enrol.h"

#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <map>

#include "core/checksum.h"
#include "core/files.h"
#include "enrol/train.h"

namespace kith {
namespace {

// What is new among the photos; the rest is marked as a duplicate.
std::vector<Sample> new_samples(const Person* person, std::vector<PhotoOutcome>& outcomes) {
  std::map<std::string, std::string> known;  // checksum -> source
  if (person != nullptr) {
    for (const Sample& sample : person->samples) known.emplace(sample.checksum, sample.source);
  }
  std::vector<Sample> samples;
  for (PhotoOutcome& outcome : outcomes) {
    if (outcome.status != PhotoStatus::kUsed) continue;
    const auto [first, fresh] = known.emplace(outcome.sample.checksum, outcome.sample.source);
    if (fresh) {
      samples.push_back(outcome.sample);
    } else {
      outcome.status = PhotoStatus::kDuplicate;
      outcome.duplicate_of = first->second;
    }
  }
  return samples;
}

}  // namespace

EnrolReport enrol(const Stages& stages, const std::filesystem::path& people, const std::string& name,
                  std::span<const std::string> inputs, const std::atomic<bool>& stop,
                  const ReportProgress& progress) {
  const bool exists = std::filesystem::exists(people);
  Gallery gallery = exists ? Gallery::open(people) : Gallery::replace(people, stages.embedder().binding());
  gallery.require(stages.embedder().identity(), stages.embedder().name());
  PersonPhotoList list = list_person_photos(inputs, stages.embedder());
  EnrolReport report;
  report.photos = std::move(list.photos);
  report.unreadable_inputs = std::move(list.unreadable);
  for (PersonPhoto& photo : report.photos) photo.folder = name;
  report.outcomes = embed_photos(stages, report.photos, stop, progress);
  if (stop) return report;
  const std::vector<Sample> samples = new_samples(gallery.find(name), report.outcomes);
  if (!samples.empty()) {
    report.added = gallery.add(name, samples);
    gallery.commit_replacement();
  }
  if (const Person* person = gallery.find(name)) report.enrolled = static_cast<int>(person->samples.size());
  report.suspects = find_suspects(gallery.people());
  std::erase_if(report.suspects, [&](const Suspect& s) { return s.name != name; });
  return report;
}

RejectReport reject(const Stages& stages, const std::filesystem::path& people, const std::string& name,
                    std::span<const std::string> photos) {
  Gallery gallery = Gallery::open(people);
  const Calibration& calibration = identifier_options(stages.embedder(), gallery).calibration;
  gallery.reject(name, {});  // its faults first
  const Embedding centre = gallery.find(name)->centre;
  RejectReport report;
  for (const std::string& photo : photos) {
    RejectReport::Outcome& outcome = report.outcomes.emplace_back();
    outcome.source = photo;
    try {
      Sample most;
      outcome.similarity = -1;
      for (SeenFace& seen : stages.look(read_image(photo))) {
        const float s = similarity(seen.embedding, centre, calibration);
        if (s <= outcome.similarity) continue;
        outcome.similarity = s;
        most.embedding = std::move(seen.embedding);
        most.quality = seen.quality;
      }
      if (most.embedding.empty()) throw Error(ErrorCode::kNotFound, photo + ": no face found");
      most.source = photo;
      most.checksum = sha256_hex(read_file(photo));
      outcome.noted = gallery.reject(name, std::span(&most, 1)) > 0;
    } catch (const Error& e) {
      outcome.error = e.what();
    }
  }
  return report;
}

}  // namespace kith

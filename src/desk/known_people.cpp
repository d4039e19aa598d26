#include "desk/known_people.h"

#include <algorithm>

#include "core/person_name.h"
#include "people/scorer.h"

namespace kith {
namespace {

IdentifierOptions options_of(const Snapshot& snapshot, const Calibration& calibration,
                             std::optional<double> far) {
  IdentifierOptions options;
  options.calibration = calibration;
  options.far = far.value_or(snapshot.far);
  return options;
}

}  // namespace

KnownPeople::KnownPeople(Snapshot snapshot, const Calibration& calibration, std::optional<double> far)
    : snapshot_(std::move(snapshot)),
      calibration_(calibration),
      far_(far.value_or(snapshot_.far)),
      identifier_(*snapshot_.people, options_of(snapshot_, calibration, far)) {}

std::vector<Identification> KnownPeople::identify(std::span<const Embedding> faces,
                                                  std::span<const float> qualities) const {
  return identifier_.identify(faces, qualities);
}

std::vector<Identification> KnownPeople::identify(std::span<const SeenFace> faces) const {
  std::vector<Embedding> embeddings;
  std::vector<float> qualities;
  for (const SeenFace& face : faces) {
    embeddings.push_back(face.embedding);
    qualities.push_back(face.quality);
  }
  return identify(embeddings, qualities);
}

std::vector<Likeness> KnownPeople::nearest(const Embedding& face, std::size_t most) const {
  return identifier_.nearest(face, most);
}

float KnownPeople::pair_threshold() const { return threshold_at(calibration_, far_).value_or(1); }

float KnownPeople::similarity(const Embedding& face, std::span<const Sample> samples) const {
  return CentredPerson(samples, calibration_).similarity(centred(face, calibration_));
}

const Person* KnownPeople::find(const std::string& name) const {
  const auto at = std::ranges::lower_bound(people(), name, {}, &Person::name);
  return at != people().end() && at->name == name ? &*at : nullptr;
}

std::optional<std::string> KnownPeople::kept_name(const std::string& given) const {
  const std::string name = normal_name(given);
  if (find(name) != nullptr) return name;
  const std::string folded = folded_name(name);
  std::optional<std::string> found;
  for (const Person& person : people()) {
    if (folded_name(person.name) != folded) continue;
    if (found) return std::nullopt;
    found = person.name;
  }
  return found;
}

}  // namespace kith

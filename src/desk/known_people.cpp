#include "desk/known_people.h"

#include <algorithm>
#include <mutex>
#include <numeric>

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

struct KnownPeople::Ranking {
  std::once_flag once;
  std::optional<Scorer> scorer;
};

KnownPeople::KnownPeople(Snapshot snapshot, const Calibration& calibration, std::optional<double> far)
    : snapshot_(std::move(snapshot)),
      calibration_(calibration),
      far_(far.value_or(snapshot_.far)),
      identifier_(*snapshot_.people, options_of(snapshot_, calibration, far)),
      ranking_(std::make_unique<Ranking>()) {}

KnownPeople::~KnownPeople() = default;

std::vector<Identification> KnownPeople::identify(std::span<const Embedding> faces,
                                                  std::span<const float> qualities) const {
  return identifier_.identify(faces, qualities);
}

std::vector<KnownPeople::Likeness> KnownPeople::nearest(const Embedding& face, std::size_t most) const {
  if (people().empty() || most == 0) return {};
  std::call_once(ranking_->once, [&] { ranking_->scorer.emplace(people(), calibration_); });
  const Scorer::Scores scores = (*ranking_->scorer)(face);
  std::vector<std::size_t> order(people().size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return scores.rejected[i] != 0; });
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(most, order.size()));
  std::ranges::partial_sort(order, end, std::greater{}, [&](std::size_t i) { return scores.score[i]; });
  std::vector<Likeness> likenesses;
  for (auto at = order.begin(); at != end; ++at)
    likenesses.push_back({people()[*at].name, scores.similarity[*at], scores.score[*at]});
  return likenesses;
}

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

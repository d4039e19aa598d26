#include <kith/error.h>
#include <kith/identifier.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "people/assignment.h"
#include "people/scorer.h"
#include "people/svm.h"
#include "people/template.h"

namespace kith {
namespace {

// Quality from which a face can be told: below, it is expected to be less like its own person than one pair of strangers
// in a thousand (fr_feature: 0.339).
constexpr float kClear = 0.34F;

// A face that is nearly as much like a second person gets no name: the odds between the two must be these.
constexpr double kOddsOverNext = 9;

// Known people and strangers are taken to be equally frequent.
constexpr double kPriorKnown = 0.5;

// How a face compares with a person, and how probable that makes the person.
struct Judged : Scored {
  double probability = 0;
};

float threshold_of(const IdentifierOptions& options, std::size_t people) {
  if (options.threshold) return *options.threshold;
  if (people == 0) return 1;
  // Each of the people is one chance for a stranger: 1 - (1 - f)^people = far, in a form exact for small f.
  const double each =
      -std::expm1(std::log1p(-options.far) / static_cast<double>(std::max<std::size_t>(people, 1)));
  if (const std::optional<float> threshold = threshold_at(options.calibration, each)) return *threshold;
  throw Error(ErrorCode::kInvalidArgument,
              "the embedder has no thresholds, so that nobody could be unknown: kith model calibrate MODEL "
              "--strangers DIR");
}

bool is_poor(std::span<const float> qualities, std::size_t face) {
  return face < qualities.size() && qualities[face] < kClear;
}

// The answers where nobody is known.
std::vector<Identification> nobody(std::size_t faces, std::span<const float> qualities) {
  std::vector<Identification> answers(faces);
  for (std::size_t i = 0; i < faces; ++i) {
    if (is_poor(qualities, i)) answers[i].state = IdentityState::kUnclear;
  }
  return answers;
}

// People whose templates have been left out, with them.
std::shared_ptr<const std::vector<Person>> with_templates(std::vector<Person> people) {
  for (Person& person : people) {
    if (person.centre.empty() && !person.samples.empty()) person.centre = template_of(person.samples);
  }
  return std::make_shared<const std::vector<Person>>(std::move(people));
}

// Fits by ids, which people who are in no gallery do not have. The classes are people's places.
std::shared_ptr<const Svm> fit_svm(std::span<const Person> people) {
  if (people.size() > Svm::kMostPeople) return nullptr;
  std::vector<Person> numbered(people.begin(), people.end());
  std::int64_t sample_id = 0;
  for (std::size_t i = 0; i < numbered.size(); ++i) {
    numbered[i].id = static_cast<std::int64_t>(i);
    for (Sample& sample : numbered[i].samples) sample.id = sample_id++;
  }
  return Svm::fit(numbered);
}

}  // namespace

struct Identifier::Impl {
  IdentifierOptions options;
  std::size_t dimension = 0;
  std::vector<std::string> names;
  Scorer scorer;
  float threshold = 0;
  std::shared_ptr<const Svm> svm;
  std::shared_ptr<const std::vector<Person>> kept;  // the scorer's, where it needs them

  // Bayes: the odds of each person against a stranger, and everybody's odds add up. Of a large gallery those who are
  // far from likely, and not judged, add nothing.
  void add_posterior(std::vector<Judged>& people) const {
    const double each = std::log(kPriorKnown / static_cast<double>(names.size()));
    double top = std::log(1 - kPriorKnown);
    for (Judged& person : people) {
      person.probability = person.rejected ? -1e9 : each + scorer.evidence(person.score);
      top = std::max(top, person.probability);
    }
    double sum = std::exp(std::log(1 - kPriorKnown) - top);
    for (Judged& person : people) sum += person.probability = std::exp(person.probability - top);
    for (Judged& person : people) person.probability /= sum;
  }

  // By the classifier's preference, best first.
  std::vector<Judged> judge(const Embedding& face) const {
    std::vector<Judged> people;
    for (const Scored& scored : scorer(face)) people.push_back({scored});
    if (svm) {
      const std::vector<double> by_class = svm->probabilities(face);
      for (std::size_t k = 0; k < by_class.size(); ++k)
        people[static_cast<std::size_t>(svm->parameters().people[k])].probability = by_class[k];
      std::ranges::stable_sort(people, std::greater{}, &Judged::probability);
    } else {
      add_posterior(people);
      std::ranges::stable_sort(people, std::greater{},
                               [](const Judged& person) { return person.rejected ? -2.0F : person.score; });
    }
    return people;
  }

  bool may_be(const Judged& person) const { return person.score >= threshold && !person.rejected; }

  bool is_tie(const std::vector<Judged>& people, std::size_t place) const {
    if (svm || options.threshold || place + 1 >= people.size()) return false;
    const Judged& next = people[place + 1];
    if (next.rejected) return false;
    const double lead = scorer.evidence(people[place].score) - scorer.evidence(next.score);
    return lead < std::log(kOddsOverNext);
  }

  // The names that a face may get, best first. The best one decides whether it gets any (unknown whatever the
  // others say); the others count only where another face of the picture takes that name.
  std::vector<Candidate> candidates(const std::vector<Judged>& people) const {
    std::vector<Candidate> result;
    if (!may_be(people.front())) return result;
    for (std::size_t place = 0; place < people.size(); ++place) {
      const Judged& person = people[place];
      if (is_tie(people, place)) break;
      if (may_be(person)) result.push_back({person.person, person.score});
      if (!options.unique) break;
    }
    return result;
  }

  Identification answer(const std::vector<Judged>& people, std::optional<std::size_t> named,
                        bool poor) const {
    const auto of_name = std::ranges::find(people, named.value_or(0), &Judged::person);
    const Judged& person = named ? *of_name : people.front();
    Identification result;
    if (named) result.name = names[person.person];
    result.state = named ? IdentityState::kNamed : poor ? IdentityState::kUnclear : IdentityState::kUnknown;
    result.nearest = names[person.person];
    result.confidence = static_cast<float>(person.probability);
    result.similarity = person.similarity;
    return result;
  }
};

Identifier::Identifier(std::span<const Person> given, const IdentifierOptions& options)
    : Identifier(with_templates({given.begin(), given.end()}), options) {}

Identifier::Identifier(std::shared_ptr<const std::vector<Person>> given, const IdentifierOptions& options) {
  const std::vector<Person>& people = *given;
  impl_ = std::make_unique<Impl>(Impl{options,
                                      people.empty() ? 0 : people.front().centre.size(),
                                      {},
                                      Scorer(people, options.calibration),
                                      threshold_of(options, people.size()),
                                      nullptr,
                                      nullptr});
  for (const Person& person : people) impl_->names.push_back(person.name);
  if (options.classifier == Classifier::kSvm) impl_->svm = fit_svm(people);
  if (people.size() > Scorer::kEverybody) impl_->kept = std::move(given);
}

Identifier::~Identifier() = default;
Identifier::Identifier(Identifier&&) noexcept = default;
Identifier& Identifier::operator=(Identifier&&) noexcept = default;

float Identifier::threshold() const { return impl_->threshold; }

std::vector<Identification> Identifier::identify(std::span<const Embedding> faces,
                                                 std::span<const float> qualities) const {
  if (impl_->names.empty()) return nobody(faces.size(), qualities);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (faces[i].size() == impl_->dimension) continue;
    throw Error(ErrorCode::kInvalidArgument,
                "face " + std::to_string(i) + ": an embedding of " + std::to_string(faces[i].size()) +
                    " numbers, the gallery's have " + std::to_string(impl_->dimension));
  }
  std::vector<std::vector<Judged>> judged;
  std::vector<std::vector<Candidate>> wishes;
  for (const Embedding& face : faces) {
    judged.push_back(impl_->judge(face));
    wishes.push_back(impl_->candidates(judged.back()));
  }
  std::vector<std::optional<std::size_t>> got(faces.size());
  if (impl_->options.unique) {
    got = assign_names(wishes, impl_->names.size());
  } else {
    for (std::size_t i = 0; i < faces.size(); ++i) {
      if (!wishes[i].empty()) got[i] = 0;
    }
  }
  std::vector<Identification> answers;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const auto named = got[i] ? std::optional(wishes[i][*got[i]].person) : std::nullopt;
    answers.push_back(impl_->answer(judged[i], named, is_poor(qualities, i)));
  }
  return answers;
}

std::vector<Likeness> Identifier::nearest(const Embedding& face, std::size_t most) const {
  if (impl_->names.empty() || most == 0) return {};
  std::vector<Scored> people = impl_->scorer(face, most);
  std::erase_if(people, &Scored::rejected);
  const auto end = people.begin() + static_cast<std::ptrdiff_t>(std::min(most, people.size()));
  std::ranges::partial_sort(people, end, std::greater{}, &Scored::score);
  std::vector<Likeness> likenesses;
  for (auto at = people.begin(); at != end; ++at)
    likenesses.push_back({impl_->names[at->person], at->similarity, at->score});
  return likenesses;
}

float Identifier::similarity(const Embedding& face, const std::string& name) const {
  const auto at = std::ranges::find(impl_->names, name);
  if (at == impl_->names.end()) return 0;
  return impl_->scorer.similarity(face, static_cast<std::size_t>(at - impl_->names.begin()));
}

}  // namespace kith

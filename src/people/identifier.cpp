#include <kith/error.h>
#include <kith/identifier.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

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

// One face's scores against everybody.
struct Scores {
  Scorer::Scores raw;
  std::vector<double> probability;  // of each person
  std::vector<std::size_t> order;   // people by the classifier's preference, best first
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

// People whose templates have been left out, with them; empty where all have theirs.
std::vector<Person> with_templates(std::span<const Person> people) {
  const auto lacks = [](const Person& person) { return person.centre.empty() && !person.samples.empty(); };
  if (std::ranges::none_of(people, lacks)) return {};
  std::vector<Person> result(people.begin(), people.end());
  for (Person& person : result) {
    if (lacks(person)) person.centre = template_of(person.samples);
  }
  return result;
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

  // Bayes: the odds of each person against a stranger, and everybody's odds add up.
  std::vector<double> posterior(const Scorer::Scores& scores) const {
    const double each = kPriorKnown / static_cast<double>(names.size());
    double top = std::log(1 - kPriorKnown);
    std::vector<double> result;
    for (std::size_t p = 0; p < names.size(); ++p) {
      result.push_back(scores.rejected[p] ? -1e9 : std::log(each) + scorer.evidence(scores.score[p]));
      top = std::max(top, result.back());
    }
    double sum = std::exp(std::log(1 - kPriorKnown) - top);
    for (double& p : result) sum += p = std::exp(p - top);
    for (double& p : result) p /= sum;
    return result;
  }

  Scores score(const Embedding& face) const {
    Scores s;
    s.raw = scorer(face);
    s.order.resize(names.size());
    std::iota(s.order.begin(), s.order.end(), std::size_t{0});
    if (svm) {
      const std::vector<double> by_class = svm->probabilities(face);
      s.probability.resize(names.size());
      for (std::size_t k = 0; k < by_class.size(); ++k)
        s.probability[static_cast<std::size_t>(svm->parameters().people[k])] = by_class[k];
      std::ranges::stable_sort(s.order, std::greater{}, [&](std::size_t i) { return s.probability[i]; });
    } else {
      s.probability = posterior(s.raw);
      std::ranges::stable_sort(s.order, std::greater{},
                               [&](std::size_t i) { return s.raw.rejected[i] ? -2.0F : s.raw.score[i]; });
    }
    return s;
  }

  bool may_be(const Scores& s, std::size_t person) const {
    return s.raw.score[person] >= threshold && !s.raw.rejected[person];
  }

  bool is_tie(const Scores& s, std::size_t place) const {
    if (svm || options.threshold || place + 1 >= s.order.size()) return false;
    const std::size_t next = s.order[place + 1];
    if (s.raw.rejected[next]) return false;
    const double lead = scorer.evidence(s.raw.score[s.order[place]]) - scorer.evidence(s.raw.score[next]);
    return lead < std::log(kOddsOverNext);
  }

  // The names that a face may get, best first. The best one decides whether it gets any (unknown whatever the
  // others say); the others count only where another face of the picture takes that name.
  std::vector<Candidate> candidates(const Scores& s) const {
    std::vector<Candidate> result;
    if (!may_be(s, s.order.front())) return result;
    for (std::size_t place = 0; place < s.order.size(); ++place) {
      const std::size_t person = s.order[place];
      if (is_tie(s, place)) break;
      if (may_be(s, person)) result.push_back({person, s.raw.score[person]});
      if (!options.unique) break;
    }
    return result;
  }

  Identification answer(const Scores& s, std::optional<std::size_t> named, bool poor) const {
    const std::size_t person = named.value_or(s.order.front());
    Identification result;
    if (named) result.name = names[person];
    result.state = named ? IdentityState::kNamed : poor ? IdentityState::kUnclear : IdentityState::kUnknown;
    result.nearest = names[person];
    result.confidence = static_cast<float>(s.probability[person]);
    result.similarity = s.raw.similarity[person];
    return result;
  }
};

Identifier::Identifier(std::span<const Person> given, const IdentifierOptions& options) {
  const std::vector<Person> completed = with_templates(given);
  const std::span<const Person> people = completed.empty() ? given : std::span(completed);
  impl_ = std::make_unique<Impl>(Impl{options,
                                      people.empty() ? 0 : people.front().centre.size(),
                                      {},
                                      Scorer(people, options.calibration),
                                      threshold_of(options, people.size()),
                                      nullptr});
  for (const Person& person : people) impl_->names.push_back(person.name);
  if (options.classifier == Classifier::kSvm) impl_->svm = fit_svm(people);
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
  std::vector<Scores> scores;
  std::vector<std::vector<Candidate>> wishes;
  for (const Embedding& face : faces) {
    scores.push_back(impl_->score(face));
    wishes.push_back(impl_->candidates(scores.back()));
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
    answers.push_back(impl_->answer(scores[i], named, is_poor(qualities, i)));
  }
  return answers;
}

std::vector<Likeness> Identifier::nearest(const Embedding& face, std::size_t most) const {
  const std::vector<std::string>& names = impl_->names;
  if (names.empty() || most == 0) return {};
  const Scorer::Scores scores = impl_->scorer(face);
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return scores.rejected[i] != 0; });
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(most, order.size()));
  std::ranges::partial_sort(order, end, std::greater{}, [&](std::size_t i) { return scores.score[i]; });
  std::vector<Likeness> likenesses;
  for (auto at = order.begin(); at != end; ++at)
    likenesses.push_back({names[*at], scores.similarity[*at], scores.score[*at]});
  return likenesses;
}

float Identifier::similarity(const Embedding& face, const std::string& name) const {
  const auto at = std::ranges::find(impl_->names, name);
  if (at == impl_->names.end()) return 0;
  return impl_->scorer.similarity(face, static_cast<std::size_t>(at - impl_->names.begin()));
}

}  // namespace kith

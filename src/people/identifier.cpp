#include <kith/error.h>
#include <kith/identifier.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "core/vectors.h"
#include "people/assignment.h"
#include "people/svm.h"

namespace kith {
namespace {

// Without a classifier (one person, or too many): probabilities from similarities alone, by a softmax over
// the people and one "nobody" who is always as similar as the threshold, so that the least similar face that
// gets a name has 0.5 at most. The scale is ours: a face 0.2 above the threshold, which is where the same
// person's poorer photos lie, gets 0.98.
constexpr double kSimilarityScale = 20;

std::vector<double> probabilities_by_similarity(std::span<const float> similarities, float threshold) {
  const double top = std::max<double>(threshold, *std::ranges::max_element(similarities));
  double sum = std::exp(kSimilarityScale * (threshold - top));
  std::vector<double> result;
  for (const float s : similarities) sum += result.emplace_back(std::exp(kSimilarityScale * (s - top)));
  for (double& p : result) p /= sum;
  return result;
}

constexpr float kClear = 0.03F;  // quality from which a face can be told; 20 px from the front, sharp

// One face's scores against everybody.
struct Scores {
  std::vector<float> similarity;    // to each person's template
  std::vector<double> probability;  // of each person
  std::vector<std::size_t> order;   // people by probability, descending
};

}  // namespace

const char* to_string(IdentityState state) {
  switch (state) {
    case IdentityState::kNamed: return "named";
    case IdentityState::kUnclear: return "unclear";
    case IdentityState::kUnknown: break;
  }
  return "unknown";
}

struct Identifier::Impl {
  IdentifierOptions options;
  int dimension = 0;
  std::vector<std::string> names;
  std::vector<Embedding> centres;
  std::shared_ptr<const Svm> svm;
  std::vector<std::size_t> person_of_class;  // of the SVM

  Scores score(const Embedding& face) const {
    Scores s;
    for (const Embedding& centre : centres) s.similarity.push_back(dot(face, centre));
    if (svm) {
      const std::vector<double> by_class = svm->probabilities(face);
      s.probability.resize(names.size());
      for (std::size_t k = 0; k < by_class.size(); ++k) s.probability[person_of_class[k]] = by_class[k];
    } else {
      s.probability = probabilities_by_similarity(s.similarity, options.threshold);
    }
    s.order.resize(names.size());
    std::iota(s.order.begin(), s.order.end(), std::size_t{0});
    std::ranges::stable_sort(s.order, std::greater{}, [&](std::size_t i) { return s.probability[i]; });
    return s;
  }

  // The names that a face may get, best first. The classifier's choice decides whether it gets any (unknown
  // whatever the others say); the others count only where another face of the picture takes that name.
  std::vector<Candidate> candidates(const Scores& s) const {
    std::vector<Candidate> result;
    if (s.similarity[s.order.front()] < options.threshold) return result;
    for (const std::size_t person : s.order) {
      if (s.similarity[person] >= options.threshold) result.push_back({person, s.similarity[person]});
      if (!options.unique) break;
    }
    return result;
  }

  Identification answer(const Scores& s, std::optional<std::size_t> named) const {
    const std::size_t person = named.value_or(s.order.front());
    Identification result;
    if (named) result.name = names[person];
    if (named) result.state = IdentityState::kNamed;
    result.nearest = names[person];
    result.confidence = static_cast<float>(s.probability[person]);
    result.similarity = s.similarity[person];
    return result;
  }
};

Identifier::Identifier(const Gallery& gallery, const IdentifierOptions& options)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
  impl_->dimension = gallery.binding().dimension;
  std::unordered_map<std::int64_t, std::size_t> index;
  for (const Person& person : gallery.people()) {
    index.emplace(person.id, impl_->names.size());
    impl_->names.push_back(person.name);
    impl_->centres.push_back(person.centre);
  }
  impl_->svm = gallery.svm();
  if (!impl_->svm) return;
  for (const std::int64_t id : impl_->svm->parameters().people)
    impl_->person_of_class.push_back(index.at(id));
}

Identifier::~Identifier() = default;
Identifier::Identifier(Identifier&&) noexcept = default;
Identifier& Identifier::operator=(Identifier&&) noexcept = default;

std::vector<Identification> Identifier::identify(std::span<const Embedding> faces,
                                                 std::span<const float> qualities) const {
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (faces[i].size() == static_cast<std::size_t>(impl_->dimension)) continue;
    throw Error(ErrorCode::kInvalidArgument,
                "face " + std::to_string(i) + ": an embedding of " + std::to_string(faces[i].size()) +
                    " numbers, the gallery's have " + std::to_string(impl_->dimension));
  }
  if (impl_->names.empty()) return std::vector<Identification>(faces.size());
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
    answers.push_back(impl_->answer(scores[i], named));
    const bool poor = i < qualities.size() && qualities[i] < kClear;
    if (poor && !named) answers.back().state = IdentityState::kUnclear;
  }
  return answers;
}

}  // namespace kith

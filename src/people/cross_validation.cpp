#include "people/cross_validation.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/vectors.h"
#include "people/template.h"

namespace kith {
namespace {

// The person, other than `except`, whose template is closest.
std::pair<const Person*, float> nearest_other(const std::vector<Person>& people, const Person& except,
                                              const Embedding& face) {
  std::pair<const Person*, float> nearest{nullptr, -2.0F};
  for (const Person& person : people) {
    if (&person == &except) continue;
    const float similarity = dot(person.centre, face);
    if (similarity > nearest.second) nearest = {&person, similarity};
  }
  return nearest;
}

// Calls action(person, sample, similarity to the person's others, nearest other person and similarity).
template <typename Action>
void leave_one_out(const std::vector<Person>& people, Action action) {
  for (const Person& person : people) {
    if (person.samples.size() < 2) continue;
    for (const Sample& sample : person.samples) {
      const float own = dot(template_of(person.samples, &sample), sample.embedding);
      const auto [other, similarity] = nearest_other(people, person, sample.embedding);
      action(person, sample, own, other, similarity);
    }
  }
}

// Each person's samples without every `folds`-th, and those.
struct Fold {
  std::vector<Person> train;
  std::vector<std::pair<const std::string*, const Sample*>> test;
};

Fold make_fold(const std::vector<Person>& people, int fold, int folds) {
  Fold result;
  for (const Person& person : people) {
    Person rest;
    rest.name = person.name;
    for (std::size_t i = 0; i < person.samples.size(); ++i) {
      const bool tested = person.samples.size() > 1 && static_cast<int>(i) % folds == fold;
      if (tested) {
        result.test.emplace_back(&person.name, &person.samples[i]);
      } else {
        rest.samples.push_back(person.samples[i]);
      }
    }
    rest.centre = template_of(rest.samples);
    result.train.push_back(std::move(rest));
  }
  return result;
}

}  // namespace

CrossValidation cross_validate(const std::vector<Person>& people, const IdentifierOptions& options,
                               const std::atomic<bool>& stop) {
  CrossValidation result;
  for (int fold = 0; fold < result.folds && !stop; ++fold) {
    const auto [train, test] = make_fold(people, fold, result.folds);
    if (test.empty()) continue;
    const Identifier identifier(train, options);
    for (const auto& [name, sample] : test) {
      const Identification answer = identifier.identify(std::span(&sample->embedding, 1)).front();
      ++result.photos;
      ++(!answer.name ? result.unknown : *answer.name == *name ? result.correct : result.wrong);
    }
  }
  leave_one_out(people, [&](const Person&, const Sample&, float own, const Person*, float other) {
    if (own > other) ++result.template_correct;
  });
  return result;
}

std::vector<Suspect> find_suspects(const std::vector<Person>& people) {
  std::vector<Suspect> suspects;
  leave_one_out(people, [&](const Person& person, const Sample& sample, float own, const Person* other,
                            float similarity) {
    if (similarity > own) suspects.push_back({sample.source, person.name, other->name, own, similarity});
  });
  std::ranges::sort(suspects, std::greater{}, [](const Suspect& s) { return s.other - s.own; });
  return suspects;
}

}  // namespace kith

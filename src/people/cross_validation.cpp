#include "people/cross_validation.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <thread>

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

// A sample against the others of its person, and the nearest other person.
struct LeftOut {
  float own = 0, other = 0;
  const Person* nearest = nullptr;
};

LeftOut leave_out(const std::vector<Person>& people, const Person& person, const Sample& sample) {
  const auto [nearest, other] = nearest_other(people, person, sample.embedding);
  return {dot(template_of(person.samples, &sample), sample.embedding), other, nearest};
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
  std::size_t photos = 0;
  for (const Person& person : people) photos += person.samples.size();
  result.left_out = photos > CrossValidation::kMostPhotos;
  if (result.left_out) return result;
  for (int fold = 0; fold < result.folds && !stop; ++fold) {
    const auto [train, test] = make_fold(people, fold, result.folds);
    if (test.empty()) continue;
    const Identifier identifier(train, options);
    for (const auto& [name, sample] : test) {
      if (stop) break;
      const Identification answer = identifier.identify(std::span(&sample->embedding, 1)).front();
      ++result.photos;
      ++(!answer.name ? result.unknown : *answer.name == *name ? result.correct : result.wrong);
    }
  }
  for (const Person& person : people) {
    for (std::size_t i = 0; i < person.samples.size() && person.samples.size() > 1 && !stop; ++i) {
      const LeftOut left = leave_out(people, person, person.samples[i]);
      if (left.own > left.other) ++result.template_correct;
    }
  }
  return result;
}

std::vector<Suspect> find_suspects(const std::vector<Person>& people,
                                   const std::function<bool(const Person&, const Sample&)>& wanted,
                                   const std::atomic<bool>& stop, const ReportProgress& progress) {
  std::vector<std::vector<Suspect>> found(people.size());
  std::atomic<std::int64_t> done = 0;
  const auto workers = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  for_each_in_parallel(people.size(), workers, stop, [&](std::size_t p) {
    const Person& person = people[p];
    for (std::size_t i = 0; i < person.samples.size() && person.samples.size() > 1 && !stop; ++i) {
      const Sample& sample = person.samples[i];
      if (wanted && !wanted(person, sample)) continue;
      const LeftOut left = leave_out(people, person, sample);
      if (left.other > left.own)
        found[p].push_back({sample.source, person.name, left.nearest->name, left.own, left.other});
    }
    if (progress) progress(++done, static_cast<std::int64_t>(people.size()));
  });
  std::vector<Suspect> suspects;
  if (stop) return suspects;
  for (std::vector<Suspect>& of_one : found) std::ranges::move(of_one, std::back_inserter(suspects));
  std::ranges::stable_sort(suspects, std::greater{}, [](const Suspect& s) { return s.other - s.own; });
  return suspects;
}

}  // namespace kith

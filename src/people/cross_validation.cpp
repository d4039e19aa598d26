#include "people/cross_validation.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <thread>

#include "core/vectors.h"
#include "people/template.h"
#include "people/vector_index.h"

namespace kith {
namespace {

// Whose template is closest to a face, among all but one.
class OtherPeople {
 public:
  /// @param many  there will be many questions: worth an index, except for a few people.
  OtherPeople(const std::vector<Person>& people, bool many) : people_(people) {
    constexpr std::size_t kFewPeople = 1000;
    if (!many || people.size() <= kFewPeople) return;
    index_.emplace(people.front().centre.size());
    for (std::size_t i = 0; i < people.size(); ++i)
      index_->add(static_cast<std::int64_t>(i), people[i].centre);
  }

  struct Nearest {
    const Person* person = nullptr;
    float similarity = -2;
  };
  /// @return one for each face.
  std::vector<Nearest> nearest(const Person& except, std::span<const Embedding> faces) const {
    std::vector<Nearest> all(faces.size());
    const auto offer = [&](std::size_t face, const Person& person) {
      if (&person == &except) return;
      const float similarity = dot(person.centre, faces[face]);
      if (similarity > all[face].similarity) all[face] = {&person, similarity};
    };
    constexpr std::size_t kShort = 16;  // as many of an index's first as hold the very first (docs/scale.md)
    const auto hits = index_ ? index_->search(faces, kShort) : std::vector<std::vector<VectorIndex::Hit>>();
    for (std::size_t face = 0; face < faces.size(); ++face) {
      if (index_) {
        for (const VectorIndex::Hit& hit : hits[face])
          offer(face, people_[static_cast<std::size_t>(hit.key)]);
      } else {
        for (const Person& person : people_) offer(face, person);
      }
    }
    return all;
  }

 private:
  const std::vector<Person>& people_;
  std::optional<VectorIndex> index_;
};

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
  const OtherPeople others(people, true);
  for (const Person& person : people) {
    if (stop || person.samples.size() < 2) continue;
    std::vector<Embedding> faces;
    for (const Sample& sample : person.samples) faces.push_back(sample.embedding);
    const std::vector<OtherPeople::Nearest> nearest = others.nearest(person, faces);
    for (std::size_t i = 0; i < faces.size(); ++i) {
      const float own = dot(template_of(person.samples, &person.samples[i]), faces[i]);
      if (own > nearest[i].similarity) ++result.template_correct;
    }
  }
  return result;
}

std::vector<Suspect> find_suspects(const std::vector<Person>& people,
                                   const std::function<bool(const Person&, const Sample&)>& wanted,
                                   const std::atomic<bool>& stop, const ReportProgress& progress) {
  std::vector<std::vector<Suspect>> found(people.size());
  const OtherPeople others(people, !wanted);
  std::atomic<std::int64_t> done = 0;
  const auto workers = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  for_each_in_parallel(people.size(), workers, stop, [&](std::size_t p) {
    const Person& person = people[p];
    std::vector<const Sample*> looked_at;
    std::vector<Embedding> faces;
    for (const Sample& sample : person.samples) {
      if (person.samples.size() < 2 || (wanted && !wanted(person, sample))) continue;
      looked_at.push_back(&sample);
      faces.push_back(sample.embedding);
    }
    const std::vector<OtherPeople::Nearest> nearest = others.nearest(person, faces);
    for (std::size_t i = 0; i < looked_at.size(); ++i) {
      const float own = dot(template_of(person.samples, looked_at[i]), faces[i]);
      if (nearest[i].similarity > own)
        found[p].push_back(
            {looked_at[i]->source, person.name, nearest[i].person->name, own, nearest[i].similarity});
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

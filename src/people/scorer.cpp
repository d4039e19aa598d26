#include "people/scorer.h"

#include <algorithm>
#include <cmath>

#include "core/vectors.h"
#include "people/template.h"

namespace kith {
namespace {

// The share of the most similar sample in a score; the template has the rest. Chosen on the Friends and cast
// photos against even-numbered strangers (docs/accuracy.md).
constexpr float kNearestShare = 0.3F;

// How many other people's scores weigh as much as the strangers that the calibration was measured on.
// Templates' mean scores of strangers differ by 0.01, single scores by 0.1: (0.1 / 0.01)^2.
constexpr double kPriorPeople = 100;
// Comparing everybody's photos with everybody takes their product; beyond this (a second) the strangers
// decide alone.
constexpr std::size_t kMostComparisons = 4'000'000;

// Own photos of more people than this are not compared: of 5,000 their mean is known to 0.002.
constexpr std::size_t kGenuinePhotos = 5000;

// How many of the user's photos weigh as much as those that the calibration was measured on.
constexpr double kPriorPhotos = 20;

// Without a calibration nothing is known of the scores but the threshold: similarities 0.2 apart, as between
// a person's own and others' photos, make fifty-fold odds.
constexpr double kDefaultSlope = 20;
constexpr double kDefaultMiddle = 0.4;

std::vector<Sample> only_typical(std::span<const Sample> samples) {
  std::vector<Sample> typical;
  for (const Sample* sample : typical_samples(samples)) typical.push_back(*sample);
  return typical;
}

}  // namespace

CentredPerson::CentredPerson(std::span<const Sample> all, const Calibration& calibration)
    : centre(centred(template_of(all), calibration)) {
  for (const Sample* sample : typical_samples(all))
    samples.push_back(centred(sample->embedding, calibration));
}

float CentredPerson::similarity(const Embedding& face) const {
  float nearest = -1;
  for (const Embedding& sample : samples) nearest = std::max(nearest, dot(sample, face));
  return (1 - kNearestShare) * dot(centre, face) + kNearestShare * nearest;
}

std::vector<CentredPerson> made_of_others(std::span<const Sample> samples, const Calibration& calibration) {
  std::vector<CentredPerson> people;
  if (samples.size() < 2) return people;
  const std::size_t count = std::min(kTemplatePhotos, samples.size() - 1);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::vector<Sample> rest;
    for (std::size_t k = 1; k <= count; ++k) rest.push_back(samples[(i + k) % samples.size()]);
    people.emplace_back(rest, calibration);
  }
  return people;
}

std::vector<float> genuine_scores(std::span<const Sample> samples, const Calibration& calibration) {
  const std::vector<Sample> typical = only_typical(samples);
  const std::vector<CentredPerson> others = made_of_others(typical, calibration);
  std::vector<float> scores;
  for (std::size_t i = 0; i < others.size(); ++i)
    scores.push_back(others[i].similarity(centred(typical[i].embedding, calibration)));
  return scores;
}

Genuine summarise(std::span<const float> scores) {
  Genuine result;
  double squares = 0;
  for (const float s : scores) {
    result.mean += s;
    squares += static_cast<double>(s) * s;
  }
  result.photos = static_cast<std::int64_t>(scores.size());
  if (scores.empty()) return result;
  const auto n = static_cast<double>(scores.size());
  result.mean /= n;
  result.stddev = std::sqrt(std::max(0.0, squares / n - result.mean * result.mean));
  return result;
}

Scorer::Scorer(std::span<const Person> people, const Calibration& calibration) : calibration_(calibration) {
  same_person_ = threshold_at(calibration, 1e-3).value_or(1.0F);
  if (people.size() > kEverybody) {
    many_ = people;
    index_.emplace(people.front().centre.size());
    for (std::size_t i = 0; i < people.size(); ++i)
      index_->add(static_cast<std::int64_t>(i), centred(people[i].centre, calibration));
  } else {
    for (const Person& person : people) people_.push_back(prepared(person));
  }
  find_genuine(people);
  find_offsets();
  find_evidence();
}

Scorer::Prepared Scorer::prepared(const Person& person) const {
  Prepared result{CentredPerson(person.samples, calibration_), {}, 0};
  for (const Sample& sample : person.rejected)
    result.rejected.push_back(centred(sample.embedding, calibration_));
  return result;
}

void Scorer::find_genuine(std::span<const Person> people) {
  std::size_t photos = 0;
  for (const Person& person : people) photos += person.samples.size();
  const std::size_t every = photos / kGenuinePhotos + 1;
  std::vector<float> own;
  for (std::size_t i = 0; i < people.size(); i += every) {
    const std::vector<float> scores = genuine_scores(people[i].samples, calibration_);
    own.insert(own.end(), scores.begin(), scores.end());
  }
  genuine_ = summarise(own);
}

// What a person's score is for everybody else here, drawn towards zero, which centred strangers have.
void Scorer::find_offsets() {
  std::size_t photos = 0;
  for (const Prepared& prepared : people_) photos += prepared.person.samples.size();
  if (index_ || photos * photos > kMostComparisons || calibration_.far.empty()) return;
  for (std::size_t p = 0; p < people_.size(); ++p) {
    double sum = 0;
    for (std::size_t q = 0; q < people_.size(); ++q) {
      if (q == p) continue;
      const std::vector<Embedding>& faces = people_[q].person.samples;
      double mean = 0;
      for (const Embedding& face : faces) mean += people_[p].person.similarity(face);
      sum += mean / static_cast<double>(faces.size());
    }
    people_[p].offset = static_cast<float>(sum / (static_cast<double>(people_.size()) - 1 + kPriorPeople));
  }
}

// Two normal distributions of equal width, strangers' and own photos': the log of their ratio is a line.
void Scorer::find_evidence() {
  const auto n = static_cast<double>(genuine_.photos);
  const double prior = calibration_.genuine_photos > 0 ? kPriorPhotos : 0;
  slope_ = kDefaultSlope;
  middle_ = threshold_at(calibration_, 1e-3).value_or(kDefaultMiddle);
  if (calibration_.stddev <= 0 || n + prior < kPriorPhotos / 2) return;
  const double mean = (n * genuine_.mean + prior * calibration_.genuine_mean) / (n + prior);
  const double own = (n * genuine_.stddev * genuine_.stddev +
                      prior * calibration_.genuine_stddev * calibration_.genuine_stddev) /
                     (n + prior);
  const double others = calibration_.stddev * calibration_.stddev;
  if (mean <= calibration_.mean + calibration_.stddev)
    return;  // own photos unlike each other: nothing to go by
  slope_ = (mean - calibration_.mean) / ((own + others) / 2);
  middle_ = (mean + calibration_.mean) / 2;
}

float Scorer::similarity(const Embedding& face, std::size_t person) const {
  const Embedding x = centred(face, calibration_);
  return index_ ? CentredPerson(many_[person].samples, calibration_).similarity(x)
                : people_[person].person.similarity(x);
}

Scored Scorer::scored(std::size_t place, const Prepared& person, const Embedding& face) const {
  const float similarity = person.person.similarity(face);
  const float limit = std::max(same_person_, similarity);
  const bool rejected =
      std::ranges::any_of(person.rejected, [&](const Embedding& r) { return dot(r, face) >= limit; });
  return {place, similarity, similarity - person.offset, rejected};
}

std::vector<Scored> Scorer::operator()(const Embedding& face, std::size_t most) const {
  const Embedding x = centred(face, calibration_);
  std::vector<Scored> all;
  for (std::size_t i = 0; i < people_.size(); ++i) all.push_back(scored(i, people_[i], x));
  if (!index_) return all;
  const auto hits = index_->search(std::span(&x, 1), std::max(most, kFew));
  for (const VectorIndex::Hit& hit : hits.front()) {
    const auto place = static_cast<std::size_t>(hit.key);
    all.push_back(scored(place, prepared(many_[place]), x));
  }
  std::ranges::sort(all, {}, &Scored::person);
  return all;
}

}  // namespace kith

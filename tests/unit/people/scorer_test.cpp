#include "people/scorer.h"

#include <gmock/gmock.h>
#include <kith/embedder.h>
#include <kith/error.h>
#include <kith/identifier.h>

#include "people/template.h"
#include "unit/people/synthetic.h"

namespace kith {
namespace {

constexpr int kDimension = 64;

Identification ask(const Identifier& identifier, const Embedding& face) {
  return identifier.identify(std::span(&face, 1)).front();
}

// Random directions of 64 numbers have cosines of 0 +- 0.125, normal.
Calibration calibration() {
  Calibration c;
  c.far = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
  for (const float deviations : {1.28F, 2.33F, 3.09F, 3.72F, 4.26F, 4.75F})
    c.threshold.push_back(0.125F * deviations);
  c.stddev = 0.125;
  c.genuine_mean = 0.7;
  c.genuine_stddev = 0.1;
  c.genuine_photos = 100;
  return c;
}

std::vector<Person> with_templates(std::vector<Person> people) {
  for (Person& person : people) person.centre = template_of(person.samples);
  return people;
}

TEST(TemplateUnit, LeavesAStrangersPhotoOut) {
  test::Synthetic synthetic(kDimension);
  Person person = synthetic.person("Ada", 6);
  person.samples[2].embedding = synthetic.direction();
  const std::vector<const Sample*> typical = typical_samples(person.samples);
  EXPECT_EQ(typical.size(), 5U);
  EXPECT_THAT(typical, testing::Not(testing::Contains(&person.samples[2])));
  EXPECT_GT(similarity(template_of(person.samples), person.centre), 0.9F);
}

TEST(TemplateUnit, KeepsWhatItCannotJudge) {
  test::Synthetic synthetic(kDimension);
  Person few = synthetic.person("Ada", 3);
  few.samples[0].embedding = synthetic.direction();
  EXPECT_EQ(typical_samples(few.samples).size(), 3U) << "two against one proves nothing";
  Person odd = synthetic.person("Bea", 9);
  for (int i = 0; i < 4; ++i) odd.samples[static_cast<std::size_t>(i)].embedding = synthetic.direction();
  EXPECT_GE(typical_samples(odd.samples).size(), 7U) << "30 % at most";
}

TEST(ScorerUnit, TheStatedRateHoldsForStrangers) {
  test::Synthetic synthetic(kDimension);
  for (const std::size_t people : {1U, 6U, 30U}) {
    IdentifierOptions options;
    options.calibration = calibration();
    options.far = 0.01;
    const Identifier id(with_templates(synthetic.people(static_cast<int>(people), 5, 0.6F)), options);
    int named = 0;
    constexpr int kStrangers = 4000;
    for (int i = 0; i < kStrangers; ++i) named += ask(id, synthetic.direction()).name ? 1 : 0;
    EXPECT_GT(named, kStrangers * 0.005) << people;
    EXPECT_LT(named, kStrangers * 0.02) << people;
  }
}

TEST(ScorerUnit, WhatAllFacesShareCountsForNothing) {
  test::Synthetic synthetic(kDimension);
  const Embedding shared = synthetic.direction();
  const auto faces = [&](Embedding face) {
    for (std::size_t i = 0; i < face.size(); ++i) face[i] += 1.5F * shared[i];
    scale_to_unit(face);
    return face;
  };
  std::vector<Person> people = synthetic.people(4, 5, 0.6F);
  for (Person& person : people) {
    for (Sample& sample : person.samples) sample.embedding = faces(sample.embedding);
  }
  IdentifierOptions options;
  options.calibration = calibration();
  options.calibration.centre = Embedding(kDimension);
  constexpr int kMany = 500;
  for (int i = 0; i < kMany; ++i) {
    const Embedding face = faces(synthetic.direction());
    for (std::size_t k = 0; k < face.size(); ++k) options.calibration.centre[k] += face[k] / kMany;
  }
  const Identifier id(with_templates(people), options);
  for (const Person& person : people)
    EXPECT_EQ(ask(id, faces(synthetic.near(person.centre, 0.5F))).name, person.name);
  int named = 0;
  for (int i = 0; i < 300; ++i) named += ask(id, faces(synthetic.direction())).name ? 1 : 0;
  EXPECT_LE(named, 3);
}

TEST(ScorerUnit, ATieStaysUnknown) {
  test::Synthetic synthetic(kDimension);
  std::vector<Person> twins = synthetic.people(2, 5, 0.3F);
  twins[1].samples = twins[0].samples;
  for (Sample& sample : twins[1].samples) sample.embedding = synthetic.near(sample.embedding, 0.05F);
  IdentifierOptions options;
  options.calibration = calibration();
  const Identifier id(with_templates(twins), options);
  const Identification answer = ask(id, synthetic.near(twins[0].centre, 0.3F));
  EXPECT_EQ(answer.name, std::nullopt);
  EXPECT_EQ(answer.state, IdentityState::kUnknown);
  EXPECT_LT(answer.confidence, 0.9F);
}

TEST(ScorerUnit, ARejectedFaceAndItsLikeLoseTheName) {
  test::Synthetic synthetic(kDimension);
  std::vector<Person> people = with_templates(synthetic.people(3, 5, 0.6F));
  const Embedding look_alike = synthetic.near(people[0].centre, 1.2F);
  IdentifierOptions options;
  options.calibration = calibration();
  ASSERT_EQ(ask(Identifier(people, options), look_alike).name, people[0].name);
  people[0].rejected.emplace_back().embedding = look_alike;
  const Identifier id(people, options);
  EXPECT_EQ(ask(id, look_alike).name, std::nullopt);
  EXPECT_EQ(ask(id, synthetic.near(look_alike, 0.4F)).name, std::nullopt);
  EXPECT_EQ(ask(id, synthetic.near(people[0].centre, 0.5F)).name, people[0].name) << "the person keeps it";
}

TEST(ScorerUnit, OfManyPeopleTheSameOneComesFirst) {
  constexpr int kPeople = static_cast<int>(Scorer::kEverybody) + 500, kWide = 128;
  test::Synthetic synthetic(kWide);
  auto people = std::make_shared<std::vector<Person>>(with_templates(synthetic.people(kPeople, 3, 0.9F)));
  (*people)[7].rejected.emplace_back().embedding = (*people)[7].samples[1].embedding;
  IdentifierOptions options;
  options.calibration = calibration();
  options.calibration.centre = synthetic.near(Embedding(kWide, 0.0F), 1);
  for (float& x : options.calibration.centre) x *= 0.2F;
  const Identifier id(people, options);
  const auto compared = [&](const Person& person, const Embedding& face) {
    return CentredPerson(person.samples, options.calibration).similarity(centred(face, options.calibration));
  };
  for (int i = 0; i < 60; ++i) {
    const Person& own = (*people)[static_cast<std::size_t>(i * 41)];
    const Embedding face = i % 3 == 0 ? synthetic.direction() : synthetic.near(own.centre, 0.7F);
    const auto first =
        std::ranges::max_element(*people, {}, [&](const Person& p) { return compared(p, face); });
    const Identification answer = ask(id, face);
    EXPECT_EQ(answer.nearest, first->name);
    EXPECT_FLOAT_EQ(answer.similarity, compared(*first, face));
    EXPECT_FLOAT_EQ(id.similarity(face, own.name), compared(own, face));
    if (i % 3 != 0) {
      EXPECT_EQ(answer.name, own.name);
    }
    const std::vector<Likeness> nearest = id.nearest(face, people->size());
    EXPECT_EQ(nearest.size(), people->size());
    EXPECT_EQ(nearest.front().name, first->name);
  }
  EXPECT_NE(ask(id, (*people)[7].samples[1].embedding).name, (*people)[7].name) << "it was rejected";
}

TEST(ScorerUnit, APoorFaceWithoutANameIsUnclear) {
  test::Synthetic synthetic(kDimension);
  const std::vector<Person> people = with_templates(synthetic.people(2, 5, 0.6F));
  IdentifierOptions options;
  options.calibration = calibration();
  const Identifier id(people, options);
  const std::vector<Embedding> faces{synthetic.direction(), synthetic.direction(), people[1].centre};
  const auto answers = id.identify(faces, std::vector<float>{0.001F, 0.5F, 0.001F});
  EXPECT_EQ(answers[0].state, IdentityState::kUnclear);
  EXPECT_EQ(answers[1].state, IdentityState::kUnknown);
  EXPECT_EQ(answers[2].state, IdentityState::kNamed);
}

TEST(ScorerUnit, WithoutACalibrationItSaysWhatToDo) {
  test::Synthetic synthetic(kDimension);
  const std::vector<Person> people = with_templates(synthetic.people(2, 2));
  try {
    Identifier(people, {});
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("kith model calibrate"));
  }
}

}  // namespace
}  // namespace kith

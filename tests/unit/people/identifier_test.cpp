#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/identifier.h>

#include <algorithm>
#include <ranges>

#include "people/assignment.h"
#include "people/svm.h"
#include "support/test_data.h"
#include "unit/people/synthetic.h"

namespace kith {
namespace {

using test::Synthetic;

constexpr int kDimension = 64;
constexpr float kThreshold = 0.4F;

Identification ask(const Identifier& identifier, const Embedding& face) {
  return identifier.identify(std::span(&face, 1)).front();
}

IdentifierOptions at(float threshold, bool unique = true) {
  IdentifierOptions options;
  options.threshold = threshold;
  options.unique = unique;
  return options;
}

class IdentifierUnit : public testing::Test {
 protected:
  Identifier identifier(std::span<const Person> people, IdentifierOptions options = at(kThreshold)) {
    return {test::enrolled(people), options};
  }
  Synthetic synthetic_{kDimension};
};

TEST_F(IdentifierUnit, NamesKnownPeopleAndNobodyElse) {
  const std::vector<Person> people = synthetic_.people(6, 8);
  const Identifier id = identifier(people);
  for (const Person& person : people) {
    const Identification answer = ask(id, synthetic_.near(person.centre, 0.8F));
    EXPECT_EQ(answer.name, person.name);
    EXPECT_EQ(answer.nearest, person.name);
    EXPECT_GT(answer.confidence, 0.5F);
    EXPECT_GT(answer.similarity, kThreshold);
  }
  for (int i = 0; i < 20; ++i) {
    const Identification answer = ask(id, synthetic_.direction());
    EXPECT_EQ(answer.name, std::nullopt);
    EXPECT_NE(answer.nearest, "");
    EXPECT_LT(answer.similarity, kThreshold);
  }
  EXPECT_TRUE(id.identify({}).empty());
}

TEST_F(IdentifierUnit, AnEmptyGalleryKnowsNobody) {
  const Identifier id = identifier({});
  const auto answers = id.identify(std::vector{synthetic_.direction(), synthetic_.direction()});
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].name, std::nullopt);
  EXPECT_EQ(answers[0].nearest, "");
  EXPECT_EQ(answers[0].confidence, 0);
}

TEST_F(IdentifierUnit, OnePersonGoesBySimilarity) {
  for (const int photos : {1, 2, 9}) {
    const std::vector<Person> people = synthetic_.people(1, photos);
    const Identifier id = identifier(people);
    const auto known = ask(id, people[0].samples[0].embedding);
    EXPECT_EQ(known.name, people[0].name);
    EXPECT_GT(known.confidence, 0.9F);
    const auto stranger = ask(id, synthetic_.direction());
    EXPECT_EQ(stranger.name, std::nullopt);
    EXPECT_LT(stranger.confidence, 0.5F);
  }
}

TEST_F(IdentifierUnit, ManyPeopleGoBySimilarity) {
  const std::vector<Person> people = synthetic_.people(static_cast<int>(Svm::kMostPeople) + 5, 2, 0.5F);
  const Identifier id = identifier(people);
  for (std::size_t i = 0; i < people.size(); i += 20) {
    const auto answer = ask(id, synthetic_.near(people[i].centre, 0.5F));
    EXPECT_EQ(answer.name, people[i].name);
    EXPECT_GT(answer.confidence, 0.8F);
  }
}

TEST_F(IdentifierUnit, TheSvmNeedsNoIds) {
  std::vector<Person> people = synthetic_.people(4, 6);
  for (Person& person : people) {
    person.id = 0;
    for (Sample& sample : person.samples) sample.id = 0;
  }
  IdentifierOptions options = at(kThreshold);
  options.classifier = Classifier::kSvm;
  const Identifier id(people, options);
  for (const Person& person : people)
    EXPECT_EQ(ask(id, synthetic_.near(person.centre, 0.5F)).name, person.name);
}

TEST_F(IdentifierUnit, EachNameOnceInAPicture) {
  const std::vector<Person> people = synthetic_.people(4, 6);
  const Embedding close = synthetic_.near(people[1].centre, 0.3F),
                  far = synthetic_.near(people[1].centre, 1.0F);
  const std::vector faces{far, close, synthetic_.near(people[2].centre, 0.5F)};
  const auto once = identifier(people).identify(faces);
  EXPECT_EQ(once[0].name, std::nullopt) << "nobody else is similar enough";
  EXPECT_EQ(once[0].nearest, people[1].name);
  EXPECT_EQ(once[1].name, people[1].name);
  EXPECT_EQ(once[2].name, people[2].name);
  const auto often = identifier(people, at(kThreshold, false)).identify(faces);
  EXPECT_EQ(often[0].name, people[1].name);
  EXPECT_EQ(often[1].name, people[1].name);
}

// Two look-alikes in one picture: the one who is turned away gets the other's name, being similar enough to
// both.
TEST_F(IdentifierUnit, TheNextBestNameWhenItPasses) {
  const Embedding family = synthetic_.direction();
  Person ann = synthetic_.person("ann", 6), bea = synthetic_.person("bea", 6);
  for (Person* person : {&ann, &bea}) {
    const Embedding own = synthetic_.near(family, 0.5F);
    for (Sample& sample : person->samples) sample.embedding = synthetic_.near(own, 0.4F);
    person->centre = own;
  }
  const std::vector people{ann, bea};
  const auto answers = identifier(people).identify(std::vector{ann.samples[0].embedding, ann.centre});
  EXPECT_EQ(answers[1].name, "ann");
  EXPECT_EQ(answers[0].name, "bea");
  EXPECT_LT(answers[0].confidence, 0.5F) << "and says how unlikely that is";
}

TEST_F(IdentifierUnit, RefusesAnotherDimension) {
  const Identifier id = identifier(synthetic_.people(2, 2));
  try {
    id.identify(std::vector{synthetic_.direction(), Embedding(7, 0.0F)});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(e.what(), testing::HasSubstr("face 1"));
  }
}

TEST(AssignmentUnit, IsStable) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    const std::size_t people = 1 + random() % 5, faces = random() % 7;
    std::vector<std::vector<Candidate>> wishes(faces);
    for (auto& list : wishes) {
      for (std::size_t p = 0; p < people; ++p) {
        if (random() % 3 != 0) list.push_back({p, static_cast<float>(random() % 1000) / 1000});
      }
      std::ranges::shuffle(list, random);
    }
    const auto got = assign_names(wishes, people);
    std::vector<int> uses(people, 0);
    for (std::size_t f = 0; f < faces; ++f) {
      if (got[f]) ++uses[wishes[f][*got[f]].person];
      // Whom it would have liked better is held by a face at least as similar.
      for (std::size_t place = 0; place < got[f].value_or(wishes[f].size()); ++place) {
        const Candidate& wish = wishes[f][place];
        EXPECT_TRUE(std::ranges::any_of(std::views::iota(std::size_t{0}, faces), [&](std::size_t other) {
          return other != f && got[other] && wishes[other][*got[other]].person == wish.person &&
                 wishes[other][*got[other]].similarity >= wish.similarity;
        }));
      }
    }
    EXPECT_THAT(uses, testing::Each(testing::Le(1)));
  }
}

TEST_F(IdentifierUnit, WhereNobodyIsKnownEverybodyIsUnknown) {
  const Identifier nobody(std::span<const Person>(), IdentifierOptions{});
  const std::vector<Embedding> faces{Embedding(5, 0.4F), Embedding{}, Embedding(512, 0.1F)};
  const std::vector<float> qualities{0.9F, 0.0F, 0.5F};
  const std::vector<Identification> answers = nobody.identify(faces, qualities);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].state, IdentityState::kUnknown);
  EXPECT_EQ(answers[1].state, IdentityState::kUnclear);
  EXPECT_EQ(answers[2].state, IdentityState::kUnknown);
  EXPECT_TRUE(nobody.identify({}).empty());
}

}  // namespace
}  // namespace kith

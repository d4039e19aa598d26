#include "people/cross_validation.h"

#include <gmock/gmock.h>

#include "unit/people/synthetic.h"

namespace kith {
namespace {

constexpr int kDimension = 64;
const std::atomic<bool> kNeverStop = false;

IdentifierOptions at(float threshold) {
  IdentifierOptions options;
  options.threshold = threshold;
  return options;
}

using test::enrolled;

TEST(CrossValidationUnit, ClearPeopleAreAllNamed) {
  test::Synthetic synthetic(kDimension);
  const std::vector<Person> people = enrolled(synthetic.people(5, 7));
  const CrossValidation v = cross_validate(people, at(0.3F), kNeverStop);
  EXPECT_EQ(v.photos, 35);
  EXPECT_EQ(v.correct, 35);
  EXPECT_EQ(v.template_correct, 35);
  EXPECT_TRUE(find_suspects(people).empty());
}

TEST(CrossValidationUnit, CountsAddUp) {
  test::Synthetic synthetic(kDimension);
  std::vector<Person> some = synthetic.people(4, 6, 2.5F);
  some.push_back(synthetic.person("one photo", 1));
  const CrossValidation v = cross_validate(enrolled(some), at(0.35F), kNeverStop);
  EXPECT_EQ(v.photos, 24) << "one photo alone cannot be tested";
  EXPECT_EQ(v.correct + v.wrong + v.unknown, v.photos);
  EXPECT_GT(v.unknown, 0);
}

TEST(CrossValidationUnit, OnePersonAndNobody) {
  test::Synthetic synthetic(kDimension);
  const CrossValidation one = cross_validate(enrolled(synthetic.people(1, 4)), at(0.3F), kNeverStop);
  EXPECT_EQ(one.correct, 4);
  EXPECT_EQ(one.template_correct, 4);
  EXPECT_EQ(cross_validate({}, at(0.3F), kNeverStop).photos, 0);
  EXPECT_TRUE(find_suspects({}).empty());
}

TEST(CrossValidationUnit, FindsAMislabelledPhoto) {
  test::Synthetic synthetic(kDimension);
  std::vector<Person> people = synthetic.people(4, 6);
  people[1].samples[2].embedding = synthetic.near(people[3].centre, 0.8F);
  const std::vector<Suspect> suspects = find_suspects(enrolled(people));
  ASSERT_EQ(suspects.size(), 1U);
  EXPECT_EQ(suspects[0].source, people[1].samples[2].source);
  EXPECT_EQ(suspects[0].name, people[1].name);
  EXPECT_EQ(suspects[0].looks_like, people[3].name);
  EXPECT_GT(suspects[0].other, suspects[0].own);
}

}  // namespace
}  // namespace kith

#include "enrol/check_people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/people/synthetic.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kDimension = 64;

class CheckPeopleUnit : public testing::Test {
 protected:
  // What is found, of one kind.
  std::vector<CheckItem> found(Finding finding) const {
    std::vector<CheckItem> items;
    for (const CheckItem& item : check_people(people_, {})) {
      if (item.finding == finding) items.push_back(item);
    }
    return items;
  }

  test::Synthetic synthetic_{kDimension};
  std::vector<Person> people_ = synthetic_.people(4, 6);

 private:
  void SetUp() override {
    for (std::size_t i = 0; i < people_.size(); ++i) people_[i].id = static_cast<std::int64_t>(i) + 1;
  }
};

TEST_F(CheckPeopleUnit, NothingIsWrongWithGoodPhotos) { EXPECT_THAT(check_people(people_, {}), IsEmpty()); }

TEST_F(CheckPeopleUnit, AnotherPersonsPhotoAndNobodysArePutApart) {
  people_[0].samples[1].embedding = synthetic_.near(people_[2].centre, 0.3F);
  people_[1].samples[4].embedding = synthetic_.direction();
  const auto items = found(Finding::kMislabelled);
  ASSERT_EQ(items.size(), 2U);
  for (const CheckItem& item : items) {
    const bool anothers = item.people.front() == people_[0].name;
    EXPECT_THAT(item.sources,
                ElementsAre(anothers ? people_[0].samples[1].source : people_[1].samples[4].source));
    EXPECT_EQ(item.people.size(), anothers ? 2U : 1U);
    EXPECT_THAT(item.advice, testing::HasSubstr(anothers ? people_[2].name : "false detection"));
  }
}

TEST_F(CheckPeopleUnit, OnePersonUnderTwoNamesAndLookAlikes) {
  const auto becomes = [&](Person& person, const Embedding& centre) {
    person.centre = centre;
    for (Sample& sample : person.samples) sample.embedding = synthetic_.near(centre, 0.8F);
  };
  becomes(people_[1], people_[0].centre);
  becomes(people_[3], synthetic_.near(people_[2].centre, 1.3F));  // a cosine of 0.6
  ASSERT_EQ(found(Finding::kTwoNames).size(), 1U);
  EXPECT_THAT(found(Finding::kTwoNames)[0].people, ElementsAre(people_[0].name, people_[1].name));
  ASSERT_EQ(found(Finding::kLookAlike).size(), 1U);
  EXPECT_THAT(found(Finding::kLookAlike)[0].people, ElementsAre(people_[2].name, people_[3].name));
}

TEST_F(CheckPeopleUnit, NearDuplicatesFewPhotosAndOneLook) {
  people_[0].samples[5].embedding = synthetic_.near(people_[0].samples[2].embedding, 0.05F);
  people_[1].samples.resize(2);
  for (Sample& sample : people_[2].samples) sample.embedding = synthetic_.near(people_[2].centre, 0.35F);
  ASSERT_EQ(found(Finding::kNearDuplicate).size(), 1U);
  EXPECT_THAT(found(Finding::kNearDuplicate)[0].sources,
              ElementsAre(people_[0].samples[2].source, people_[0].samples[5].source));
  ASSERT_EQ(found(Finding::kFewPhotos).size(), 1U);
  EXPECT_THAT(found(Finding::kFewPhotos)[0].people, ElementsAre(people_[1].name));
  ASSERT_EQ(found(Finding::kOneLook).size(), 1U);
  EXPECT_THAT(found(Finding::kOneLook)[0].people, ElementsAre(people_[2].name));
}

}  // namespace
}  // namespace kith

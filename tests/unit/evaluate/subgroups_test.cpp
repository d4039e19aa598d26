#include "evaluate/subgroups.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(SubgroupsUnit, CountsByLabel) {
  std::vector<LabelledAnswer> answers;
  for (std::size_t subject = 0; subject < 20; ++subject) {
    // Of half of the people everything is right, of the others nothing: what one face says, the next says
    // again.
    for (int i = 0; i < 50; ++i) answers.push_back({"old", subject, false, subject < 10});
    answers.push_back({"old", subject, true, false});
    answers.push_back({"young", subject, true, subject == 0});
  }
  const auto scores = score_groups(answers);
  ASSERT_EQ(scores.size(), 2U);
  const GroupScore& old = scores.at("old");
  EXPECT_EQ(old.probes, 1000);
  EXPECT_EQ(old.strangers, 20);
  EXPECT_DOUBLE_EQ(*old.dir.share, 0.5);
  EXPECT_NEAR(old.dir.interval.low, 0.3, 0.06) << "20 people, not 1,000 faces";
  EXPECT_NEAR(old.dir.interval.high, 0.7, 0.06);
  EXPECT_EQ(old.far.share, 0);
  EXPECT_NEAR(old.far.interval.high, wilson(0, 20).high, 1e-9);
  const GroupScore& young = scores.at("young");
  EXPECT_EQ(young.probes, 0);
  EXPECT_DOUBLE_EQ(*young.far.share, 0.05);
  EXPECT_FALSE(young.dir.share);
  EXPECT_EQ(young.dir.interval.high, 1) << "nothing is known of it";
}

TEST(SubgroupsUnit, NoLabels) { EXPECT_TRUE(score_groups({}).empty()); }

}  // namespace
}  // namespace kith

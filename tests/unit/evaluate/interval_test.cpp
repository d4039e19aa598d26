#include "evaluate/interval.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(IntervalUnit, Wilson) {
  const Interval some = wilson(8, 10);  // the textbook's 0.490 to 0.943
  EXPECT_NEAR(some.low, 0.4902, 1e-4);
  EXPECT_NEAR(some.high, 0.9433, 1e-4);
  EXPECT_EQ(wilson(0, 5).low, 0);
  EXPECT_NEAR(wilson(0, 5).high, 0.4345, 1e-4);
  EXPECT_EQ(wilson(5, 5).high, 1);
}

TEST(IntervalUnit, Poisson) {
  // Exact: 0 to 3.689, 0.025 to 5.572, 4.795 to 18.39. Byar's upper bound for none is the worst.
  EXPECT_EQ(poisson(0).low, 0);
  EXPECT_NEAR(poisson(0).high, 3.689, 0.1);
  EXPECT_NEAR(poisson(1).low, 0.025, 0.02);
  EXPECT_NEAR(poisson(1).high, 5.572, 0.05);
  EXPECT_NEAR(poisson(10).low, 4.795, 0.02);
  EXPECT_NEAR(poisson(10).high, 18.39, 0.02);
}

TEST(IntervalUnit, TheMiddleOfManyValues) {
  std::vector<double> values(200);
  for (int i = 0; i < 200; ++i) values[static_cast<std::size_t>(i)] = 199 - i;
  EXPECT_EQ(middle(values).low, 5);
  EXPECT_EQ(middle(values).high, 194);
  EXPECT_EQ(middle({3}).high, 3);
}

// The textbooks' values; R: prop.test(x, n, correct = FALSE).
TEST(IntervalUnit, WilsonOfNoErrorIsNeverCertain) {
  EXPECT_NEAR(wilson(120, 120).low, 0.9690, 1e-4);
  EXPECT_NEAR(wilson(1, 1).low, 0.2065, 1e-4);
  EXPECT_NEAR(wilson(0, 150).high, 0.0250, 1e-4);
  EXPECT_NEAR(wilson(0, 1463).high, 0.00262, 1e-5);
  EXPECT_NEAR(wilson(29, 30).low, 0.8333, 1e-4);
  EXPECT_NEAR(wilson(29, 30).high, 0.9941, 1e-4);
  EXPECT_NEAR(wilson_share(0.5, 10).low, wilson(5, 10).low, 1e-12);
}

TEST(IntervalUnit, DrawingAnewWithoutAnErrorTakesWilsons) {
  const std::vector<double> all_right(kRedraws, 1.0);
  const Interval interval = share_interval(all_right, 1, 9);
  EXPECT_NEAR(interval.low, wilson(9, 9).low, 1e-12);
  EXPECT_EQ(interval.high, 1);
  std::vector<double> varied = all_right;
  for (std::size_t i = 0; i < 20; ++i) varied[i] = 0.5;
  EXPECT_EQ(share_interval(varied, 0.95, 9).low, 0.5);
  EXPECT_NEAR(share_interval({}, 0, 4).high, wilson(0, 4).high, 1e-12) << "nothing was drawn";
}

TEST(IntervalUnit, SubjectsNotFacesCount) {
  const std::vector<SubjectCount> people(10, SubjectCount{100, 100});
  const SubjectShare share = share_by_subject(people);
  EXPECT_EQ(*share.share, 1);
  EXPECT_NEAR(share.interval.low, wilson(10, 10).low, 1e-12);
  const SubjectShare none = share_by_subject(std::vector<SubjectCount>(3));
  EXPECT_FALSE(none.share);
  EXPECT_EQ(none.interval.low, 0);
  EXPECT_EQ(none.interval.high, 1);
}

TEST(IntervalUnit, HowManyTrialsShowARate) {
  EXPECT_EQ(trials_to_show(1e-3), 1000);
  EXPECT_EQ(trials_to_show(1e-2), 100);
  EXPECT_EQ(trials_to_show(0.3), 4);
}

}  // namespace
}  // namespace kith

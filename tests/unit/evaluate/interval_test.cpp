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

}  // namespace
}  // namespace kith

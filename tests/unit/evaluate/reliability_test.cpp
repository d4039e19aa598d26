#include "evaluate/reliability.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

// Ten known people with ten faces each, at a confidence of 0.95; `right` of each ten are right. Strangers at
// 0.05, never right.
Reliability of(int right, bool alike) {
  std::vector<Confidence> known, strangers;
  for (int i = 0; i < 100; ++i) {
    const auto subject = static_cast<std::size_t>(i / 10);
    known.push_back({subject, 0.95F, alike ? i < 10 * right : i % 10 < right});
    strangers.push_back({static_cast<std::size_t>(i), 0.05F, false});
  }
  return reliability_of(known, strangers);
}

TEST(ReliabilityUnit, ByHand) {
  const Reliability result = of(8, false);
  ASSERT_EQ(result.bins.size(), 10U);
  EXPECT_NEAR(result.bins[9].weight, 0.5, 1e-9);
  EXPECT_NEAR(result.bins[9].confidence, 0.95, 1e-6);
  EXPECT_NEAR(result.bins[9].correct, 0.8, 1e-9);
  EXPECT_NEAR(result.bins[0].weight, 0.5, 1e-9);
  EXPECT_EQ(result.bins[5].weight, 0);
  EXPECT_NEAR(result.ece, 0.5 * 0.15 + 0.5 * 0.05, 1e-6);
}

TEST(ReliabilityUnit, PeopleNotFacesAreDrawnAnew) {
  // Eight of ten faces right for each person: no drawing of people differs. All or none of a person's: it
  // does.
  const ReliabilityBin bin = of(8, false).bins[9];
  EXPECT_NEAR(bin.interval.low, wilson(8, 10).low, 1e-9) << "that none differs does not make it certain";
  EXPECT_EQ(bin.subjects, 10);
  EXPECT_EQ(bin.faces, 100);
  const Interval alike = of(8, true).bins[9].interval;
  EXPECT_NEAR(alike.low, 0.5, 0.11);
  EXPECT_NEAR(alike.high, 1.0, 0.01);
}

TEST(ReliabilityUnit, OneFaceIsNotCertain) {
  const Reliability result = reliability_of({{0, 0.95F, true}}, {{0, 0.05F, false}});
  EXPECT_EQ(result.bins[9].subjects, 1);
  EXPECT_NEAR(result.bins[9].interval.low, wilson(1, 1).low, 1e-9);
  EXPECT_EQ(result.bins[9].interval.high, 1);
  EXPECT_NEAR(result.bins[0].interval.high, wilson(0, 1).high, 1e-9);
  EXPECT_FALSE(result.ece_interval) << "no answer was wrong";
}

TEST(ReliabilityUnit, NothingAtAll) {
  EXPECT_EQ(reliability_of({}, {}).ece, 0);
  EXPECT_NEAR(reliability_of({{3, 1.0F, true}}, {}).bins[9].correct, 1, 1e-9)
      << "a confidence of 1 is in the last bin";
}

}  // namespace
}  // namespace kith

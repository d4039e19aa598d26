#include "recognise/ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace kith {

TEST(AheadUnit, KeepsOrderAndEnds) {
  int n = 0;
  Ahead<int> ahead(3, [&]() -> std::optional<int> { return n < 100 ? std::optional(n++) : std::nullopt; });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ahead.next(), i);
  EXPECT_EQ(ahead.next(), std::nullopt);
  EXPECT_EQ(ahead.next(), std::nullopt);
}

TEST(AheadUnit, IsAtMostDepthAhead) {
  std::atomic<int> made = 0;
  Ahead<int> ahead(2, [&]() -> std::optional<int> { return ++made; });
  EXPECT_EQ(ahead.next(), 1);
  EXPECT_EQ(ahead.next(), 2);
  EXPECT_LE(made, 2 + 2 + 1) << "two read, two queued, one in the making";
}

TEST(AheadUnit, HandsAFailureOverAfterTheItemsBeforeIt) {
  int n = 0;
  Ahead<int> ahead(5, [&]() -> std::optional<int> {
    if (n == 2) throw std::runtime_error("gone");
    return n++;
  });
  EXPECT_EQ(ahead.next(), 0);
  EXPECT_EQ(ahead.next(), 1);
  EXPECT_THROW(ahead.next(), std::runtime_error);
  EXPECT_EQ(ahead.next(), std::nullopt);
}

TEST(AheadUnit, CanBeLeftEarlyInAChain) {
  Ahead<int> first(2, []() -> std::optional<int> { return 1; });
  Ahead<int> second(2, [&] { return first.next(); });
  EXPECT_EQ(second.next(), 1);
}

}  // namespace kith

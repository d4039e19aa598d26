#include "sightings/together.h"

#include <gmock/gmock.h>

#include <vector>

namespace kith {
namespace {

TEST(TogetherUnit, PairsOfTracksThatHaveEnded) {
  Together together;
  for (int frame = 0; frame < 3; ++frame) together.see(std::vector{2, 1, 3});
  together.see(std::vector{4, 3});
  together.end(1, 11);
  together.end(2, 12);
  EXPECT_THAT(together.take(3), testing::ElementsAre(std::pair(11, 12)));
  EXPECT_TRUE(together.take(1).empty());
  together.end(4, 14);
  together.end(3, 13);
  EXPECT_THAT(together.take(3), testing::ElementsAre(std::pair(11, 13), std::pair(12, 13)))
      << "one frame is too few";
  EXPECT_EQ(together.size(), 0U);
}

// A camera that runs for weeks: tracks that nobody ever looked at have no row.
TEST(TogetherUnit, NothingIsKeptOfTracksWithoutARow) {
  Together together;
  for (int track = 2; track < 2000; ++track) {
    together.see(std::vector{1, track});
    together.end(track, track % 2 == 0 ? std::optional<std::int64_t>() : track);
    EXPECT_TRUE(together.take(3).empty());
  }
  EXPECT_LT(together.size(), 4000U) << "only pairs with the track that goes on";
  together.end(1, std::nullopt);
  EXPECT_TRUE(together.take(1).empty());
  EXPECT_EQ(together.size(), 0U);
}

}  // namespace
}  // namespace kith

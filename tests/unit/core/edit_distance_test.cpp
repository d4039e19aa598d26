#include "core/edit_distance.h"

#include <gtest/gtest.h>

namespace kith {

TEST(EditDistanceUnit, CountsLetters) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("Ross", "ross"), 0U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("山田", "山口"), 1U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
}

}  // namespace kith

#include "face/shared_frames.h"

#include <gtest/gtest.h>

#include <vector>

namespace kith {

TEST(SharedFramesUnit, ThreeFramesWithBothAreTwoPeople) {
  SharedFrames shared;
  for (int i = 0; i < 20; ++i) {
    shared.add(std::vector{1});
    shared.add(std::vector{2});
  }
  EXPECT_FALSE(shared.are_two_people(1, 2));
  shared.add(std::vector{1, 2});
  shared.add(std::vector{2, 1});
  EXPECT_FALSE(shared.are_two_people(1, 2)) << "found twice for a moment";
  shared.add(std::vector{1, 2, 3});
  EXPECT_TRUE(shared.are_two_people(2, 1));
  EXPECT_TRUE(shared.are_two_people(1, 3)) << "all that is known of 3";
}

TEST(SharedFramesUnit, HalfOfAShortTrackIsEnough) {
  SharedFrames shared;
  for (int i = 0; i < 20; ++i) shared.add(std::vector{1});
  shared.add(std::vector{1, 2});
  shared.add(std::vector{2});
  EXPECT_TRUE(shared.are_two_people(1, 2));
  shared.add(std::vector{2});
  EXPECT_FALSE(shared.are_two_people(1, 2));
}

TEST(SharedFramesUnit, WhatIsForgottenSharesNothing) {
  SharedFrames shared;
  for (int i = 0; i < 5; ++i) shared.add(std::vector{1, 2, 3});
  shared.forget(2);
  EXPECT_FALSE(shared.are_two_people(1, 2));
  EXPECT_TRUE(shared.are_two_people(1, 3));
}

}  // namespace kith

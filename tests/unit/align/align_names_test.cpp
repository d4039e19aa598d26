#include "align/align_names.h"

#include <gmock/gmock.h>

namespace kith {
namespace {
using testing::ElementsAre;
using Paths = std::vector<std::filesystem::path>;

TEST(AlignNamesUnit, TheSameTree) {
  EXPECT_THAT(chip_names(Paths{"amara/01.jpg", "amara/deep/01.jpg", "top.png"}, {}),
              ElementsAre("amara/01", "amara/deep/01", "top"));
}

TEST(AlignNamesUnit, OneStemTwoPhotos) {
  EXPECT_THAT(chip_names(Paths{"a/x.jpg", "a/x.png", "b/x.png"}, {}), ElementsAre("a/x", "a/x.png", "b/x"));
  // The way out may be taken, too.
  EXPECT_THAT(chip_names(Paths{"a/x.bmp", "a/x.png", "a/x.png.jpg"}, {}),
              ElementsAre("a/x", "a/x.png", "a/x.png.jpg"));
  EXPECT_THAT(chip_names(Paths{"x.bmp", "x.png"}, {{"x.png", -1}}), ElementsAre("x", "x.png~2"));
}

TEST(AlignNamesUnit, NamesOfAnEarlierRunStay) {
  // x.png was there first and has "x"; x.jpg came later.
  EXPECT_THAT(chip_names(Paths{"x.jpg", "x.png"}, {{"x", 1}}), ElementsAre("x.jpg", "x"));
}

TEST(AlignNamesUnit, AnyScriptAndDots) {
  EXPECT_THAT(chip_names(Paths{"山田/写真.1.jpg", "a/.jpg"}, {}), ElementsAre("山田/写真.1", "a/.jpg"));
}

}  // namespace
}  // namespace kith

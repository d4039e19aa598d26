#include "evaluate/pairs_file.h"

#include <gmock/gmock.h>
#include <kith/error.h>

#include "support/test_data.h"

namespace kith {
namespace {

std::string message_of(const std::string& text) {
  try {
    parse_pairs(text, "pairs.txt");
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing thrown";
}

TEST(PairsFileUnit, FoldsOfTheHeader) {
  const auto folds = parse_pairs("2\t1\nAnn\t1\t4\nAnn\t1\tBob\t2\r\nBob 2 3\n\nCy 1 Ann 2\n", "pairs.txt");
  ASSERT_EQ(folds.size(), 2U);
  ASSERT_EQ(folds[0].size(), 2U);
  EXPECT_TRUE(folds[0][0].same);
  EXPECT_EQ(folds[0][0].b, (Pair::Picture{"Ann", 4}));
  EXPECT_FALSE(folds[0][1].same);
  EXPECT_EQ(folds[0][1].b, (Pair::Picture{"Bob", 2}));
  EXPECT_EQ(folds[1][0].a, (Pair::Picture{"Bob", 2}));
}

TEST(PairsFileUnit, OneNumberOrNoHeaderDealsTenFolds) {
  std::string lines;
  for (int i = 1; i <= 20; ++i) lines += "Ann " + std::to_string(i) + " " + std::to_string(i + 1) + "\n";
  for (int i = 1; i <= 20; ++i) lines += "Ann " + std::to_string(i) + " Bob 1\n";
  for (const std::string& text : {lines, "20\n" + lines}) {
    const auto folds = parse_pairs(text, "pairs.txt");
    ASSERT_EQ(folds.size(), 10U);
    for (const auto& fold : folds) {
      ASSERT_EQ(fold.size(), 4U);
      EXPECT_TRUE(fold[1].same);
      EXPECT_FALSE(fold[2].same);
    }
    EXPECT_EQ(folds[1][0].a.number, 3);
  }
}

TEST(PairsFileUnit, MistakesAreNamed) {
  EXPECT_THAT(message_of("2 1\nAnn 1 x\n"), testing::HasSubstr("pairs.txt:2: \"x\" is not the number"));
  EXPECT_THAT(message_of("2 1\nAnn 1 2 3 4\n"), testing::HasSubstr("pairs.txt:2: neither NAME I J"));
  EXPECT_THAT(message_of("2 1\nAnn 1 2\n"),
              testing::HasSubstr("promises 2 folds of 2 x 1 pairs, but there are 1 pairs"));
  EXPECT_THAT(message_of("-3 1\nAnn 1 2\n"), testing::HasSubstr("FOLDS PAIRS"));
  EXPECT_THAT(message_of("1 1\nAnn 1 2\nAnn 1 Bob 2"), testing::HasSubstr("at least 2 folds"));
  EXPECT_THAT(message_of(""), testing::HasSubstr("at least 10 pairs"));
  EXPECT_THAT(message_of("2 1\n../etc 1 2\n"), testing::HasSubstr("not a person's name"));
}

TEST(PairsFileUnit, PicturesWithAnyExtension) {
  const test::TempDir folder;
  write_file(folder.path() / "Ann" / "Ann_0001.png", "x");
  write_file(folder.path() / "Ann" / "Ann_12345.jpg", "x");
  EXPECT_EQ(find_picture(folder.path(), {"Ann", 1}), folder.path() / "Ann" / "Ann_0001.png");
  EXPECT_EQ(find_picture(folder.path(), {"Ann", 12345}), folder.path() / "Ann" / "Ann_12345.jpg");
  EXPECT_EQ(find_picture(folder.path(), {"Ann", 2}), "");
}

}  // namespace
}  // namespace kith

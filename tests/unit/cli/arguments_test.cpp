#include "cli/arguments.h"

#include <gmock/gmock.h>

namespace kith::cli {
namespace {
using testing::ElementsAre;

TEST(ArgumentsUnit, Underscores) {
  EXPECT_THAT(with_dashes({"align", "my_raw", "--image_size", "160", "--json=a_b.json", "--", "--a_b"}),
              ElementsAre("align", "my_raw", "--image-size", "160", "--json=a_b.json", "--", "--a_b"));
}

TEST(ArgumentsUnit, Nearest) {
  const std::vector<std::string> verbs{"align", "train", "recognize", "people"};
  EXPECT_EQ(nearest("alin", verbs), "align");
  EXPECT_EQ(nearest("recognise", verbs), "recognize");
  EXPECT_EQ(nearest("rec", verbs), "recognize");
  EXPECT_EQ(nearest("quux", verbs), std::nullopt);
}

}  // namespace
}  // namespace kith::cli

#include "store/similar_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kith {
namespace {

TEST(SimilarNamesUnit, SuggestsTheNearest) {
  const std::vector<std::string> names{"Chandler", "Joey", "Monica", "Ross"};
  EXPECT_EQ(suggest("Chandlr", names), " (did you mean Chandler?)");
  EXPECT_EQ(suggest("Gunther", names), " (known: Chandler, Joey, Monica, Ross)");
  EXPECT_EQ(suggest("x", {}), "");
  EXPECT_EQ(suggest("Gunther", std::vector<std::string>(20, "Phoebe")), "");
}

}  // namespace
}  // namespace kith

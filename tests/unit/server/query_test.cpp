#include "server/query.h"

#include <gtest/gtest.h>

#include "server/json_body.h"

namespace kith::server {
namespace {

TEST(QueryUnit, DecodesNamesAndValuesInOrder) {
  const Query query("a=1&b=two%20words&c=Ada+L%C3%B6ve&a=2&flag");
  EXPECT_EQ(query.find("a"), "1");
  EXPECT_EQ(query.find("b"), "two words");
  EXPECT_EQ(query.find("c"), "Ada L\xC3\xB6ve");
  EXPECT_EQ(query.find("flag"), "");
  EXPECT_EQ(query.find("d"), std::nullopt);
  EXPECT_EQ(query.pairs().size(), 5U);
}

// As two real SDKs send it (docs/service.md, T1 to T3).
TEST(QueryUnit, ForgivesWhatRealClientsDo) {
  const Query more_marks("det_prob_threshold=0.8?face_plugins=age?status=true");
  EXPECT_EQ(more_marks.find("det_prob_threshold"), "0.8");
  EXPECT_EQ(more_marks.find("face_plugins"), "age");
  EXPECT_EQ(more_marks.find("status"), "true");
  EXPECT_EQ(Query("subject=Who%3F?det_prob_threshold=0.8").find("subject"), "Who?");
  const Query empty_pairs("&limit=0&&status=True&");
  EXPECT_EQ(empty_pairs.pairs().size(), 2U);
  EXPECT_EQ(Query("a=100%&b=%zz&c=%0").find("a"), "100%");
}

TEST(QueryUnit, AZeroByteOrHalfAPercentIsNotDecoded) {
  EXPECT_EQ(percent_decoded("a%00b", false), std::nullopt);
  EXPECT_EQ(percent_decoded("a%4", false), std::nullopt);
  EXPECT_EQ(percent_decoded("%41%2f%2F", false), "A//");
  EXPECT_EQ(percent_decoded("a+b", false), "a+b");
}

TEST(QueryUnit, WordsAndNumbers) {
  for (const char* word : {"true", "True", "1", "on", "YES"}) EXPECT_EQ(to_bool(word), true) << word;
  for (const char* word : {"false", "False", "0", "off", "no"}) EXPECT_EQ(to_bool(word), false) << word;
  EXPECT_EQ(to_bool("maybe"), std::nullopt);
  EXPECT_EQ(to_number("0.8"), 0.8);
  for (const char* text : {"", "0,8", "nan", "inf", "1x", " 1"})
    EXPECT_EQ(to_number(text), std::nullopt) << text;
  EXPECT_EQ(to_integer("-3"), -3);
  EXPECT_EQ(to_integer("99999999999999999999"), std::nullopt);
}

TEST(JsonBodyUnit, DepthIsLimited) {
  EXPECT_TRUE(parse_json(std::string(30, '[') + std::string(30, ']')));
  EXPECT_FALSE(parse_json(std::string(40, '[') + std::string(40, ']')));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
  EXPECT_FALSE(parse_json("{\"a\":"));
  EXPECT_FALSE(parse_json(""));
  EXPECT_FALSE(parse_json("1e999"));
}

}  // namespace
}  // namespace kith::server

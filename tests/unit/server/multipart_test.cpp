#include "server/multipart.h"

#include <gtest/gtest.h>

namespace kith::server {
namespace {

using namespace std::string_literals;

const std::string kType = "multipart/form-data; boundary=XX";

std::string part(const std::string& disposition, const std::string& bytes) {
  return "--XX\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + bytes + "\r\n";
}

TEST(MultipartUnit, FindsPartsWithTheirNames) {
  const std::string body = part("name=\"file\"; filename=\"a.jpg\"", "one\0two\r\n--X"s) +
                           part("name=userid", "Ada") +
                           part("filename=\"b \\\"c\\\".jpg\"; name=\"file\"", "") + "--XX--\r\n";
  const auto parts = parse_multipart(kType, body);
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 3U);
  EXPECT_EQ((*parts)[0].name, "file");
  EXPECT_EQ((*parts)[0].filename, "a.jpg");
  EXPECT_EQ((*parts)[0].bytes, "one\0two\r\n--X"s);
  EXPECT_EQ((*parts)[1].name, "userid");
  EXPECT_EQ((*parts)[1].filename, "");
  EXPECT_EQ((*parts)[1].bytes, "Ada");
  EXPECT_EQ((*parts)[2].filename, "b \"c\".jpg");
  EXPECT_EQ((*parts)[2].bytes, "");
}

// T4: a client that leaves the boundary out; T6: parts without a Content-Type.
TEST(MultipartUnit, TakesTheBoundaryFromTheBodyWhereTheHeaderHasNone) {
  const std::string body =
      "----------------------------42\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"example.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nbytes\r\n"
      "----------------------------42--\r\n";
  const auto parts = parse_multipart("multipart/form-data", body);
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 1U);
  EXPECT_EQ(parts->front().bytes, "bytes");
  EXPECT_EQ(parse_multipart("multipart/form-data", "no boundary"), std::nullopt);
}

TEST(MultipartUnit, QuotedBoundariesPreamblesAndBareLineEnds) {
  EXPECT_EQ(parse_multipart("multipart/form-data; boundary=\"XX\"", part("name=a", "1") + "--XX--")->size(),
            1U);
  EXPECT_EQ(parse_multipart(kType, "hello\r\n" + part("name=a", "1") + "--XX--")->size(), 1U);
  const auto bare = parse_multipart(kType, "--XX\nContent-Disposition: form-data; name=a\n\n1\n--XX--\n");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->front().bytes, "1");
  EXPECT_EQ(parse_multipart(kType, "--XX--\r\n")->size(), 0U);
}

TEST(MultipartUnit, WhatIsCutOffOrTooMuchIsNone) {
  EXPECT_EQ(parse_multipart(kType, ""), std::nullopt);
  EXPECT_EQ(parse_multipart(kType, "--XX"), std::nullopt);
  EXPECT_EQ(parse_multipart(kType, part("name=a", "1")), std::nullopt);
  EXPECT_EQ(parse_multipart(kType, "--XX\r\nContent-Disposition: form-data; name=a\r\n"), std::nullopt);
  EXPECT_EQ(parse_multipart(kType, "--XX\r\nno head\r\n\r\n1\r\n--XX--"), std::nullopt);
  std::string many;
  for (int i = 0; i < 1001; ++i) many += part("name=a", "1");
  EXPECT_EQ(parse_multipart(kType, many + "--XX--"), std::nullopt);
  EXPECT_TRUE(is_multipart("Multipart/Form-Data; boundary=1"));
  EXPECT_FALSE(is_multipart("multipart/form-dataX"));
}

}  // namespace
}  // namespace kith::server

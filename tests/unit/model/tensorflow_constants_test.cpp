#include "model/import/tensorflow_constants.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include <limits>

#include "support/frozen_graph_writer.h"

namespace kith::model {
namespace {
using test::Array;
using test::GraphDefWriter;
using Store = GraphDefWriter::Store;

constexpr std::int64_t kAny = TensorFlowConstants::kAny;

ErrorCode code_of(const std::string& bytes, const std::string& name, const std::vector<std::int64_t>& shape) {
  try {
    TensorFlowConstants(bytes, "x.pb", "Advice").get(name, shape);
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("x.pb"), std::string::npos) << e.what();
    return e.code();
  }
  ADD_FAILURE() << name << ": nothing was thrown";
  return ErrorCode::kInternal;
}

const Array kArray{{2, 3}, {1, 2, 3, 4, 5, -6.5F}};

TEST(TensorFlowConstantsUnit, EveryWayToStoreFloats) {
  GraphDefWriter graph;
  graph.constant("content", kArray, Store::kContent);
  graph.constant("packed", kArray, Store::kPacked);
  graph.constant("singles", kArray, Store::kSingles);
  graph.constant("first", {{2, 3}, {7}}, Store::kFirst);
  graph.raw_constant("short", test::tensor_header(1, {4}) +
                                  test::wire_field(5, std::string_view("\0\0\x80\x3f\0\0\0\x40", 8)));
  graph.constant("scalar", {{}, {3}}, Store::kPacked);
  const TensorFlowConstants constants(graph.bytes, "x.pb", "");
  for (const char* name : {"content", "packed", "singles"}) {
    EXPECT_EQ(constants.get(name, {2, 3}).values, kArray.values) << name;
    EXPECT_EQ(constants.get(name, {2, kAny}).shape, kArray.shape) << name;
  }
  EXPECT_EQ(constants.get("first", {2, 3}).values, std::vector<float>(6, 7.0F));
  EXPECT_EQ(constants.get("short", {4}).values, (std::vector<float>{1, 2, 2, 2}));
  EXPECT_EQ(constants.get("scalar", {}).values, std::vector<float>{3});
}

TEST(TensorFlowConstantsUnit, FollowsReadNodes) {
  GraphDefWriter graph;
  graph.variable("a", kArray);       // a, a/read
  graph.constant("b/read", kArray);  // folded
  graph.node("c", "Identity", {"a/read:0"});
  graph.node("loop", "Identity", {"loop"});
  graph.node("dangling", "Identity", {"nothing"});
  graph.node("variable", "VariableV2");
  const TensorFlowConstants constants(graph.bytes, "x.pb", "");
  for (const char* name : {"a", "a/read", "b", "c"})
    EXPECT_EQ(constants.get(name, {2, 3}).values, kArray.values) << name;
  EXPECT_TRUE(constants.has("b"));
  EXPECT_FALSE(constants.has("d"));
  for (const char* name : {"loop", "dangling", "variable", "d"})
    EXPECT_EQ(code_of(graph.bytes, name, {2, 3}), ErrorCode::kCorrupt);
}

TEST(TensorFlowConstantsUnit, RefusesWhatIsNotAsExpected) {
  GraphDefWriter graph;
  graph.constant("a", kArray);
  graph.constant("nan", {{2}, {1, std::numeric_limits<float>::quiet_NaN()}});
  graph.raw_constant("half",
                     test::tensor_header(19, {2}) + test::wire_field(13, std::string_view("\1\1", 2)));
  graph.constant_ints("ints", {1, 2});
  graph.raw_constant("short", test::tensor_header(1, {2}) + test::wire_field(4, "1234567"));
  graph.raw_constant("long", test::tensor_header(1, {1}) + test::wire_field(5, "12345678"));
  graph.raw_constant("empty", test::tensor_header(1, {2}));
  graph.raw_constant("negative", test::tensor_header(1, {-1}) + test::wire_field(5, "1234"));
  graph.raw_constant("huge", test::tensor_header(1, {std::int64_t{1} << 40}) + test::wire_field(5, "1234"));
  graph.node("valueless", "Const");
  EXPECT_EQ(code_of(graph.bytes, "a", {3, 2}), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(graph.bytes, "a", {6}), ErrorCode::kCorrupt);
  for (const char* name : {"half", "ints"})
    EXPECT_EQ(code_of(graph.bytes, name, {2}), ErrorCode::kUnsupported) << name;
  for (const char* name : {"nan", "short", "empty"})
    EXPECT_EQ(code_of(graph.bytes, name, {2}), ErrorCode::kCorrupt) << name;
  for (const char* name : {"negative", "huge"})
    EXPECT_EQ(code_of(graph.bytes, name, {kAny}), ErrorCode::kCorrupt) << name;
  EXPECT_EQ(code_of(graph.bytes, "long", {1}), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(graph.bytes, "valueless", {1}), ErrorCode::kCorrupt);
}

TEST(TensorFlowConstantsUnit, EveryTruncationAndEveryFlippedByteIsRefusedOrHarmless) {
  GraphDefWriter graph;
  graph.constant("a", kArray, Store::kSingles);
  graph.variable("b", kArray);
  const auto read_all = [](const std::string& bytes) {
    try {
      const TensorFlowConstants constants(bytes, "x.pb", "");
      constants.get("a", {2, kAny});
      constants.get("b/read", {kAny, 3});
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  ASSERT_TRUE(read_all(graph.bytes));
  for (std::size_t length = 0; length < graph.bytes.size(); ++length) {
    EXPECT_FALSE(read_all(graph.bytes.substr(0, length))) << length;
  }
  for (std::size_t i = 0; i < graph.bytes.size(); ++i) {
    for (int flip = 1; flip < 256; ++flip) {
      std::string bytes = graph.bytes;
      bytes[i] ^= static_cast<char>(flip);
      read_all(bytes);
    }
  }
}

}  // namespace
}  // namespace kith::model

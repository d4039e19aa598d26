#include "model/import/npy.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include "support/test_data.h"
#include "unit/model/pickle_writer.h"
#include "unit/model/plain_tensor.h"

namespace kith::test {
namespace {

TEST(NpyUnit, ReadsADictionaryOfDictionariesOfArrays) {
  const model::Weights weights = {{"conv1/biases", noise({3}, 1)},
                                  {"conv1/weights", noise({2, 3}, 2)},
                                  {"fc/weights", noise({4, 1, 2}, 3)}};
  const model::Weights read = model::read_npy_weights(PickleWriter().npy(weights), "test.npy");
  ASSERT_EQ(read.size(), 3U);
  for (const auto& [name, array] : weights) {
    EXPECT_EQ(read.at(name).shape, array.shape);
    EXPECT_EQ(read.at(name).values, array.values);
  }
}

TEST(NpyUnit, ColumnMajorArraysAreTurned) {
  PickleWriter writer;
  writer.raw() += '}';
  writer.text("layer");
  writer.raw() += '}';
  writer.text("weights");
  writer.array({{2, 3}, {1, 2, 3, 4, 5, 6}}, true);
  writer.raw() += "ss.";
  const auto read = model::read_npy_weights(PickleWriter::header() + writer.raw(), "test.npy");
  EXPECT_EQ(read.at("layer/weights").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(read.at("layer/weights").values, (std::vector<float>{1, 3, 5, 2, 4, 6}));
}

ErrorCode code_of(const std::string& bytes) {
  try {
    model::read_npy_weights(bytes, "test.npy");
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("test.npy"), std::string::npos);
    return e.code();
  }
  ADD_FAILURE() << "read without an error";
  return ErrorCode::kInternal;
}

TEST(NpyUnit, NeverCallsWhatAPickleNames) {
  PickleWriter writer;
  writer.global("os", "system");
  writer.text("touch /tmp/owned");
  writer.raw() += "\x85R.";
  EXPECT_EQ(code_of(PickleWriter::header() + writer.raw()), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of(PickleWriter::header() + "\x80\x02i__builtin__\neval\n."), ErrorCode::kUnsupported);
}

TEST(NpyUnit, OtherFilesAreRefused) {
  EXPECT_EQ(code_of(""), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of("not numpy at all"), ErrorCode::kCorrupt);
  std::string plain = PickleWriter::header();
  plain.replace(plain.find("|O"), 2, "f4");
  EXPECT_EQ(code_of(plain + "1234"), ErrorCode::kUnsupported);
  // An array that states far more values than there are must not be allocated.
  PickleWriter writer;
  writer.raw() += '}';
  writer.text("layer");
  writer.raw() += '}';
  writer.text("weights");
  writer.array({{1 << 20, 1 << 20}, {1}});
  writer.raw() += "ss.";
  EXPECT_EQ(code_of(PickleWriter::header() + writer.raw()), ErrorCode::kCorrupt);
}

TEST(NpyUnit, CyclesAreHarmless) {
  PickleWriter writer;
  writer.raw() += "}q\x01";
  writer.text("self");
  writer.raw() += "h\x01s.";
  EXPECT_EQ(code_of(PickleWriter::header() + writer.raw()), ErrorCode::kCorrupt);
}

TEST(NpyData, ReadsTheShapesOfFacenetsFiles) {
  KITH_NEEDS_TEST_DATA();
  const auto path = test_data() / "models/mtcnn/det3.npy";
  const auto weights = model::read_npy_weights(read_file(path), path.string());
  EXPECT_EQ(weights.at("conv5/weights").shape, (std::vector<std::int64_t>{1152, 256}));
  EXPECT_EQ(weights.at("conv6-3/weights").shape, (std::vector<std::int64_t>{256, 10}));
}

}  // namespace
}  // namespace kith::test

// Cut-off and changed files: every reader answers with an Error, never with a crash or a huge allocation.
#include <gtest/gtest.h>
#include <kith/error.h>

#include "model/import/import.h"
#include "model/import/npy.h"
#include "model/import/onnx_builder.h"
#include "model/import/recognise.h"
#include "model/import/tflite.h"
#include "unit/model/pickle_writer.h"
#include "unit/model/plain_tensor.h"
#include "unit/model/tflite_writer.h"

namespace kith::test {
namespace {

// @return true when the bytes were read. Any exception but Error fails the test.
bool reads(const std::function<void(const std::string&)>& reader, const std::string& bytes) {
  try {
    reader(bytes);
    return true;
  } catch (const Error& e) {
    EXPECT_TRUE(e.code() == ErrorCode::kCorrupt || e.code() == ErrorCode::kUnsupported ||
                e.code() == ErrorCode::kInvalidArgument)
        << e.what();
    return false;
  }
}

void try_broken(const std::function<void(const std::string&)>& reader, const std::string& whole,
                bool every_cut_fails) {
  ASSERT_TRUE(reads(reader, whole));
  for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 400) {
    const bool read = reads(reader, whole.substr(0, length));
    EXPECT_FALSE(read && every_cut_fails) << "cut to " << length << " bytes";
  }
  std::uint32_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string changed = whole;
    for (int flips = 0; flips < 1 + round % 3; ++flips) {
      state = state * 1664525U + 1013904223U;
      changed[state % changed.size()] = static_cast<char>(state >> 24U);
    }
    reads(reader, changed);
  }
}

TEST(BrokenFilesUnit, Npy) {
  const model::Weights weights = {{"conv1/biases", noise({3}, 1)}, {"conv1/weights", noise({2, 3}, 2)}};
  try_broken([](const std::string& bytes) { model::read_npy_weights(bytes, "broken.npy"); },
             PickleWriter().npy(weights), true);
}

TEST(BrokenFilesUnit, Tflite) {
  TfliteWriter writer;
  const auto in = writer.tensor("in", {1, 5, 4, 2});
  const auto middle = writer.tensor("middle", {1, 5, 4, 3});
  const auto out = writer.tensor("out", {1, 60});
  const FloatArray kernel = noise({3, 3, 3, 2}, 1);
  writer.conv(
      {in, writer.tensor("kernel", {3, 3, 3, 2}, kernel.values), writer.tensor("bias", {3}, {1, 2, 3})},
      middle, true, 1);
  writer.op(model::TfliteCode::kReshape, {middle}, out);
  try_broken(
      [](const std::string& bytes) { model::translate_tflite(model::read_tflite(bytes, "broken.tflite")); },
      writer.finish({in}, {out}), true);
}

TEST(BrokenFilesUnit, Onnx) {
  model::OnnxBuilder builder("network");
  builder.input("in", {1, 3, 5, 4});
  builder.node("Conv", {"in", builder.constant("kernel", noise({2, 3, 3, 3}, 1))}, "maps");
  builder.node("Reshape", {"maps", builder.constant("shape", std::vector<std::int64_t>{1, 12})}, "out");
  builder.output("out", {1, 12});
  const model::ImportOptions options{
      R"({"role": "embedder", "kind": "embedding", "name": "tiny", "metric": "cosine",
    "input": {"size": [4, 5], "channels": "bgr", "layout": "nchw", "standardisation": {"kind": "fixed", "mean": 0, "scale": 1}},
    "chip": {"kind": "box", "size": [4, 5], "margin": 0}})",
      "tiny.json"};
  const auto runtime = Runtime::create({.threads = 1});
  const auto reader = [&](const std::string& bytes) {
    model::ModelFile file = model::import_sources({{"broken.onnx", bytes}}, options);
    prove(file, "broken.onnx", runtime);
  };
  try_broken(reader, builder.finish()->SerializeAsString(), true);
}

// Found by reading or fuzzing: small files that would have taken much memory or all of the stack.
TEST(BrokenFilesUnit, OneArrayUnderManyNames) {
  PickleWriter writer;
  writer.raw() += '}';
  writer.text("layer");
  writer.raw() += '}';
  writer.text("weights");
  writer.array(noise({1000}, 1));
  writer.raw() += "q\x01s";
  for (int i = 0; i < 100; ++i) {
    writer.text(std::to_string(i));
    writer.raw() += "h\x01s";
  }
  writer.raw() += "s.";
  EXPECT_THROW(model::read_npy_weights(PickleWriter::header() + writer.raw(), "many.npy"), Error);
}

TEST(BrokenFilesUnit, DeepJson) {
  const std::string deep = R"({"format": )" + std::string(200000, '[') + std::string(200000, ']') + "}";
  EXPECT_THROW(model::parse_contract(deep, "deep.json"), Error);
  EXPECT_THROW(model::complete_contract(deep, onnx::ModelProto(), "deep.json"), Error);
}

TEST(BrokenFilesUnit, NamesThatAreNoUtf8) {
  model::Contract contract;
  contract.name = "caf\xE9";
  EXPECT_NE(model::contract_json(contract).find("caf\xEF\xBF\xBD"), std::string::npos);
}

}  // namespace
}  // namespace kith::test

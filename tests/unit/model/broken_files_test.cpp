// Cut-off and changed files: every reader answers with an Error, never with a crash or a huge allocation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <kith/error.h>

#include "model/import/import.h"
#include "model/import/mtcnn.h"
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

TEST(BrokenFilesUnit, OneLayerUnderManyNames) {
  PickleWriter writer;
  writer.raw() += '}';
  writer.text("layer0");
  writer.raw() += '}';
  writer.text("array0");
  writer.array({{0}, {}});
  writer.raw() += "q\x02s";
  for (int i = 1; i < 100; ++i) {
    writer.text("array" + std::to_string(i));
    writer.raw() += "h\x02s";
  }
  writer.raw() += "q\x01s";
  for (int i = 1; i < 100; ++i) {
    writer.text("layer" + std::to_string(i));
    writer.raw() += "h\x01s";
  }
  writer.raw() += '.';
  EXPECT_THROW(model::read_npy_weights(PickleWriter::header() + writer.raw(), "many.npy"), Error);
}

TEST(BrokenFilesUnit, PicklesOfNothingButValuesOrNames) {
  const std::string start = PickleWriter::header() + "\x80\x02";
  EXPECT_THROW(model::read_npy_weights(start + std::string(1'000'000, '}') + '.', "values.npy"), Error);
  const std::string name = std::string("X\xE8\x03\0\0", 5) + std::string(1000, 'n');
  EXPECT_THROW(model::read_npy_weights(start + '}' + name + "}s.", "names.npy"), Error);
}

TEST(BrokenFilesUnit, TfliteOperatorsThatShareWhatIsLarge) {
  constexpr int kLayers = 100;
  TfliteWriter net;
  const auto kernel = net.tensor("kernel", {64, 1, 1, 64}, std::vector<float>(64 * 64, 0.5F));
  std::vector<std::int32_t> maps;
  for (int i = 0; i <= kLayers; ++i) maps.push_back(net.tensor("maps" + std::to_string(i), {1, 2, 2, 64}));
  for (std::size_t i = 0; i < kLayers; ++i) net.conv({maps[i], kernel}, maps[i + 1], true, 1);
  const std::string bytes = net.finish({maps.front()}, {maps.back()});
  const model::TfliteFile file = model::read_tflite(bytes, "shared.tflite");
  EXPECT_THROW(model::translate_tflite(file), Error);
  EXPECT_THROW(model::mtcnn_weights(file), Error);
}

TEST(BrokenFilesUnit, TfliteOperatorsThatShareTheirInputs) {
  using namespace model::tfl;
  flatbuffers::FlatBufferBuilder builder;
  const std::vector<flatbuffers::Offset<Buffer>> buffers{CreateBuffer(builder)};
  const std::vector<flatbuffers::Offset<OperatorCode>> codes{CreateOperatorCode(builder)};
  const std::vector<flatbuffers::Offset<Tensor>> tensors{CreateTensor(builder)};
  const auto inputs = builder.CreateVector(std::vector<std::int32_t>(1000, 0));
  std::vector<flatbuffers::Offset<Operator>> operators;
  for (int i = 0; i < 100; ++i) operators.push_back(CreateOperator(builder, 0, inputs));
  const auto all_tensors = builder.CreateVector(tensors);
  const auto all_operators = builder.CreateVector(operators);
  const auto one = builder.CreateVector(std::vector<std::int32_t>{0});
  const std::vector<flatbuffers::Offset<SubGraph>> graphs{
      CreateSubGraph(builder, all_tensors, one, one, all_operators)};
  const auto all_codes = builder.CreateVector(codes);
  const auto all_graphs = builder.CreateVector(graphs);
  const auto all_buffers = builder.CreateVector(buffers);
  FinishModelBuffer(builder, CreateModel(builder, 3, all_codes, all_graphs, 0, all_buffers));
  const std::string bytes(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  try {
    model::read_tflite(bytes, "shared.tflite");
    ADD_FAILURE() << "read";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("more than its bytes"));
  }
}

TEST(BrokenFilesUnit, ChipGeometryOutOfRange) {
  const auto chip = [](const std::string& rest) {
    return model::parse_chip_geometry(R"({"size": [112, 112], )" + rest + "}", "chip.json");
  };
  EXPECT_EQ(chip(R"("kind": "box", "margin": -1024)").margin_px, -1024);
  EXPECT_THROW(chip(R"("kind": "box", "margin": -2147483648)"), Error);  // has no absolute value
  const std::string four = "[1, 2], [3, 4], [5, 6], [7, 8], ";
  EXPECT_NO_THROW(chip(R"("kind": "template", "points": [)" + four + "[9, 10]]"));
  EXPECT_THROW(chip(R"("kind": "template", "points": [)" + four + "[9, 1e39]]"), Error);
}

TEST(BrokenFilesUnit, NumbersThatNoIntegerHolds) {
  const auto self_test = [](const std::string& seed) {
    return model::parse_self_test(
        R"({"size": [9, 9], "tolerance": 0.1, "outputs": [], "seed": )" + seed + "}", "test.json");
  };
  EXPECT_EQ(self_test("7").seed, 7U);
  for (const char* seed : {"-1", "-1.5", "1.5", "1e40", "144444444444444444444444444444"})
    EXPECT_THROW(self_test(seed), Error) << seed;
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

#include "model/import/onnx_import.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include "model/import/import.h"
#include "model/import/onnx_builder.h"
#include "model/network.h"
#include "model/self_test.h"
#include "support/test_data.h"
#include "unit/model/plain_tensor.h"

namespace kith::test {
namespace {

using model::OnnxBuilder;

// A 6 x 8 picture -> 5 numbers; the batch is fixed at 1 in the input, the output and a Reshape, as exporters
// do it.
std::shared_ptr<onnx::ModelProto> fixed_network() {
  OnnxBuilder builder("fixed");
  builder.input("picture", {1, 3, 6, 8});
  builder.node("Conv", {"picture", builder.constant("kernel", noise({4, 3, 3, 3}, 1))}, "maps");
  builder.node("Reshape", {"maps", builder.constant("shape", std::vector<std::int64_t>{1, 96})}, "rows");
  builder.node("Gemm", {"rows", builder.constant("matrix", noise({96, 5}, 2))}, "vector");
  builder.output("vector", {1, 5});
  return builder.finish();
}

const char* const kContract =
    R"({"role": "embedder", "kind": "embedding", "name": "tiny", "licence": "MIT", "metric": "cosine",
  "input": {"size": [8, 6], "channels": "bgr", "layout": "nchw", "standardisation": {"kind": "fixed", "mean": 127.5, "scale": 0.01}},
  "chip": {"kind": "box", "size": [8, 6], "margin": 0}})";

model::ImportOptions with(const std::string& contract) { return {contract, "tiny.json"}; }

TEST(OnnxImportUnit, AFixedBatchBecomesFree) {
  const auto network = fixed_network();
  const FloatArray pictures = noise({3, 3, 6, 8}, 4);
  std::vector<FloatArray> alone;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto start = pictures.values.begin() + static_cast<std::ptrdiff_t>(i * 144);
    alone.push_back(run_onnx(*network, {{1, 3, 6, 8}, {start, start + 144}})[0]);
  }
  model::free_batch(*network);
  const FloatArray together = run_onnx(*network, pictures)[0];
  ASSERT_EQ(together.shape, (std::vector<std::int64_t>{3, 5}));
  for (std::size_t i = 0; i < 15; ++i) EXPECT_NEAR(together.values[i], alone[i / 5].values[i % 5], 1e-5F);
}

TEST(OnnxImportUnit, AContractIsCompletedAndTheSelfTestRecorded) {
  const TempDir folder;
  model::ModelFile file =
      model::import_sources({{"tiny.onnx", fixed_network()->SerializeAsString()}}, with(kContract));
  EXPECT_EQ(file.contract.dimension, 5);
  ASSERT_EQ(file.contract.graphs.size(), 1U);
  EXPECT_EQ(file.contract.graphs[0].input, "picture");
  const auto runtime = Runtime::create({.threads = 1});
  prove(file, "tiny.onnx", runtime);
  const auto path = folder.path() / "tiny.onnx";
  write_model(path, file);
  const auto network = model::Network::load(path, model::Role::kEmbedder, runtime);
  check_self_test(*network, path.string());
  EXPECT_EQ(network->contract().identity, file.contract.identity);
}

ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::kInternal;
}

TEST(OnnxImportUnit, AContractThatDoesNotFitIsAnError) {
  const std::string bytes = fixed_network()->SerializeAsString();
  const auto runtime = Runtime::create({.threads = 1});
  const auto import_with = [&](const std::string& from, const std::string& to) {
    std::string contract = kContract;
    const std::size_t at = contract.find(from);
    contract.replace(at, from.size(), to);
    return code_of([&] {
      model::ModelFile file = model::import_sources({{"tiny.onnx", bytes}}, with(contract));
      prove(file, "tiny.onnx", runtime);
    });
  };
  EXPECT_EQ(import_with("\"size\": [8, 6], \"channels\"", "\"size\": [6, 8], \"channels\""),
            ErrorCode::kCorrupt);
  EXPECT_EQ(import_with("bgr", "grey"), ErrorCode::kCorrupt);
  EXPECT_EQ(import_with("nchw", "nhwc"), ErrorCode::kCorrupt);
  EXPECT_EQ(import_with("bgr", "brg"), ErrorCode::kCorrupt);
  EXPECT_EQ(import_with("\"role\"", "\"dimension\": 6, \"role\""), ErrorCode::kCorrupt);
  EXPECT_EQ(import_with("{\"role\"", "[\"role\""), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of([&] { model::import_sources({{"tiny.onnx", bytes}}, {}); }), ErrorCode::kInvalidArgument);
}

// Averages over the batch: what no batch of faces may do.
TEST(OnnxImportUnit, ANetworkThatMixesPicturesIsRefused) {
  OnnxBuilder builder("mixing");
  builder.input("picture", {OnnxBuilder::kFree, 3, 6, 8});
  auto& mean = builder.node("ReduceMean", {"picture"}, "mean");
  model::set_attribute(mean, "axes", std::vector<std::int64_t>{0});
  builder.node("Sub", {"picture", "mean"}, "difference");
  builder.node("GlobalAveragePool", {"difference"}, "maps");
  model::set_attribute(builder.node("Flatten", {"maps"}, "vector"), "axis", std::int64_t{1});
  builder.output("vector", {OnnxBuilder::kFree, 3});
  const std::string bytes = builder.finish()->SerializeAsString();
  model::ModelFile file = model::import_sources({{"mixing.onnx", bytes}}, with(kContract));
  EXPECT_EQ(code_of([&] { prove(file, "mixing.onnx", Runtime::create({.threads = 1})); }),
            ErrorCode::kCorrupt);
}

// Models that users bring, recognised without a JSON.
TEST(OnnxImportData, KnownStructuresNeedNoContract) {
  KITH_NEEDS_TEST_DATA();
  const auto runtime = Runtime::create({.threads = 1});
  const auto import_file = [&](const std::string& name) {
    const auto path = test_data() / "models" / name;
    model::ModelFile file = model::import_sources({{path.string(), read_file(path)}}, {});
    prove(file, path.string(), runtime);
    return file.contract;
  };
  const auto embedder = import_file("mobilefacenet/mobilefacenet.onnx");
  EXPECT_EQ(embedder.name, "mobilefacenet");
  EXPECT_EQ(embedder.dimension, 128);
  EXPECT_EQ(embedder.input.channels, model::ChannelOrder::kRgb);
  const auto scrfd = import_file("detectors/scrfd_2.5g_bnkps.onnx");
  EXPECT_EQ(scrfd.kind, "scrfd");
  EXPECT_EQ(scrfd.graphs[0].outputs,
            (std::vector<std::string>{"446", "466", "486", "449", "469", "489", "452", "472", "492"}));
  const auto yunet = import_file("detectors/yunet_n_dynamic.onnx");
  EXPECT_EQ(yunet.kind, "yunet");
  EXPECT_EQ(yunet.input.channels, model::ChannelOrder::kBgr);
  EXPECT_EQ(yunet.graphs[0].outputs.size(), 12U);
}

}  // namespace
}  // namespace kith::test

// MTCNN's importer against plain loops that do what the weights were made for: transposed pictures, NHWC.
#include <gtest/gtest.h>
#include <kith/error.h>

#include "model/catalog.h"
#include "model/import/import.h"
#include "model/import/mtcnn.h"
#include "model/model_file.h"
#include "support/test_data.h"
#include "unit/model/plain_tensor.h"

namespace kith::test {
namespace {

using model::Weights;

void add(Weights& weights, const std::string& layer, const std::vector<std::int64_t>& shape,
         std::uint32_t seed) {
  weights[layer + "/weights"] = noise(shape, seed);
  for (float& value : weights[layer + "/weights"].values)
    value *= 2 / std::sqrt(static_cast<float>(count(shape)) / static_cast<float>(shape.back()));
  weights[layer + "/biases"] = noise({shape.back()}, seed + 1);
}

void add_slope(Weights& weights, const std::string& layer, std::int64_t channels, std::uint32_t seed) {
  weights[layer + "/alpha"] = noise({channels}, seed);
}

model::MtcnnWeights random_weights() {
  model::MtcnnWeights w;
  add(w.pnet, "conv1", {3, 3, 3, 10}, 10);
  add_slope(w.pnet, "PReLU1", 10, 12);
  add(w.pnet, "conv2", {3, 3, 10, 16}, 14);
  add_slope(w.pnet, "PReLU2", 16, 16);
  add(w.pnet, "conv3", {3, 3, 16, 32}, 18);
  add_slope(w.pnet, "PReLU3", 32, 20);
  add(w.pnet, "conv4-1", {1, 1, 32, 2}, 22);
  add(w.pnet, "conv4-2", {1, 1, 32, 4}, 24);
  add(w.rnet, "conv1", {3, 3, 3, 28}, 30);
  add_slope(w.rnet, "prelu1", 28, 32);
  add(w.rnet, "conv2", {3, 3, 28, 48}, 34);
  add_slope(w.rnet, "prelu2", 48, 36);
  add(w.rnet, "conv3", {2, 2, 48, 64}, 38);
  add_slope(w.rnet, "prelu3", 64, 40);
  add(w.rnet, "conv4", {576, 128}, 42);
  add_slope(w.rnet, "prelu4", 128, 44);
  add(w.rnet, "conv5-1", {128, 2}, 46);
  add(w.rnet, "conv5-2", {128, 4}, 48);
  add(w.onet, "conv1", {3, 3, 3, 32}, 50);
  add_slope(w.onet, "prelu1", 32, 52);
  add(w.onet, "conv2", {3, 3, 32, 64}, 54);
  add_slope(w.onet, "prelu2", 64, 56);
  add(w.onet, "conv3", {3, 3, 64, 64}, 58);
  add_slope(w.onet, "prelu3", 64, 60);
  add(w.onet, "conv4", {2, 2, 64, 128}, 62);
  add_slope(w.onet, "prelu4", 128, 64);
  add(w.onet, "conv5", {1152, 256}, 66);
  add_slope(w.onet, "prelu5", 256, 68);
  add(w.onet, "conv6-1", {256, 2}, 70);
  add(w.onet, "conv6-2", {256, 4}, 72);
  add(w.onet, "conv6-3", {256, 10}, 74);
  return w;
}

// facenet's layers, one after the other.
struct PlainNet {
  const Weights& w;
  FloatArray conv(const FloatArray& in, const std::string& layer) const {
    return plain_conv(in, permute(w.at(layer + "/weights"), {3, 0, 1, 2}), w.at(layer + "/biases").values,
                      {});
  }
  FloatArray dense(const FloatArray& in, const std::string& layer) const {
    return plain_dense(in, permute(w.at(layer + "/weights"), {1, 0}), w.at(layer + "/biases").values);
  }
  FloatArray prelu(const FloatArray& in, const std::string& layer) const {
    return plain_prelu(in, w.at(layer + "/alpha").values);
  }
  static FloatArray pool(const FloatArray& in, int kernel, bool same) {
    return plain_pool(in, {kernel, kernel, 2, 1, same}, false);
  }

  std::vector<FloatArray> pnet(const FloatArray& in) const {
    FloatArray x = pool(prelu(conv(in, "conv1"), "PReLU1"), 2, true);
    x = prelu(conv(x, "conv2"), "PReLU2");
    x = prelu(conv(x, "conv3"), "PReLU3");
    return {plain_softmax(conv(x, "conv4-1")), conv(x, "conv4-2")};
  }
  std::vector<FloatArray> rnet(const FloatArray& in) const {
    FloatArray x = pool(prelu(conv(in, "conv1"), "prelu1"), 3, true);
    x = pool(prelu(conv(x, "conv2"), "prelu2"), 3, false);
    x = prelu(conv(x, "conv3"), "prelu3");
    x = prelu(dense(x, "conv4"), "prelu4");
    return {plain_softmax(dense(x, "conv5-1")), dense(x, "conv5-2")};
  }
  std::vector<FloatArray> onet(const FloatArray& in) const {
    FloatArray x = pool(prelu(conv(in, "conv1"), "prelu1"), 3, true);
    x = pool(prelu(conv(x, "conv2"), "prelu2"), 3, false);
    x = pool(prelu(conv(x, "conv3"), "prelu3"), 2, true);
    x = prelu(conv(x, "conv4"), "prelu4");
    x = prelu(dense(x, "conv5"), "prelu5");
    return {plain_softmax(dense(x, "conv6-1")), dense(x, "conv6-2"), dense(x, "conv6-3")};
  }
};

onnx::ModelProto graph(const onnx::ModelProto& model, std::size_t g) {
  return *model::parse_onnx(
      model::extract_graph(model, model::catalog_entry("mtcnn").contract.graphs[g], "mtcnn"), "mtcnn");
}

void expect_close(const FloatArray& actual, const FloatArray& expected) {
  ASSERT_EQ(actual.shape, expected.shape);
  for (std::size_t i = 0; i < expected.values.size(); ++i)
    ASSERT_NEAR(actual.values[i], expected.values[i], 2e-4F) << "value " << i;
}

FloatArray transposed(const FloatArray& nhwc) { return permute(nhwc, {0, 2, 1, 3}); }

TEST(MtcnnImportUnit, PnetOnOddSizesEqualsTheTransposedLoops) {
  const auto weights = random_weights();
  const auto model = model::build_mtcnn(weights, "test");
  for (const auto& [height, width] : {std::pair{12, 12}, {37, 21}, {18, 45}}) {
    const FloatArray picture = noise({2, height, width, 3}, 7);
    const auto actual = run_onnx(graph(*model, 0), to_nchw(picture));
    const auto expected = PlainNet{weights.pnet}.pnet(transposed(picture));
    ASSERT_EQ(actual.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) expect_close(to_nhwc(actual[i]), transposed(expected[i]));
  }
}

TEST(MtcnnImportUnit, RnetAndOnetEqualTheTransposedLoops) {
  const auto weights = random_weights();
  const auto model = model::build_mtcnn(weights, "test");
  const FloatArray small = noise({3, 24, 24, 3}, 8);
  const auto rnet = run_onnx(graph(*model, 1), to_nchw(small));
  const auto expected_rnet = PlainNet{weights.rnet}.rnet(transposed(small));
  ASSERT_EQ(rnet.size(), 2U);
  for (std::size_t i = 0; i < rnet.size(); ++i) expect_close(rnet[i], expected_rnet[i]);
  const FloatArray large = noise({2, 48, 48, 3}, 9);
  const auto onet = run_onnx(graph(*model, 2), to_nchw(large));
  const auto expected_onet = PlainNet{weights.onet}.onet(transposed(large));
  ASSERT_EQ(onet.size(), 3U);
  for (std::size_t i = 0; i < onet.size(); ++i) expect_close(onet[i], expected_onet[i]);
}

TEST(MtcnnImportUnit, AMissingOrMisshapenLayerIsNamed) {
  auto weights = random_weights();
  weights.rnet.erase("conv4/biases");
  try {
    model::build_mtcnn(weights, "det.npy");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kCorrupt);
    EXPECT_NE(std::string(e.what()).find("conv4/biases"), std::string::npos);
  }
  EXPECT_EQ(model::mtcnn_network({}), "");
}

// The .npy files of davidsandberg/facenet give bit for bit what the installed TFLite files gave.
TEST(MtcnnImportData, NpyFilesGiveTheInstalledWeights) {
  KITH_NEEDS_TEST_DATA();
  KITH_NEEDS_MODEL("mtcnn");
  std::vector<model::SourceFile> sources;
  for (const char* name : {"det3.npy", "det1.npy", "det2.npy"}) {
    sources.push_back({name, read_file(test_data() / "models/mtcnn" / name)});
  }
  model::ModelFile file = model::import_sources(std::move(sources), {});
  const model::ModelFile installed_file = model::read_model(installed("mtcnn"));
  EXPECT_EQ(file.proto->graph().SerializeAsString(), installed_file.proto->graph().SerializeAsString());
  EXPECT_EQ(model::identity_of(*file.proto, file.contract), installed_file.contract.identity);
}

}  // namespace
}  // namespace kith::test

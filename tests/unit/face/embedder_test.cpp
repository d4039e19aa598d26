#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <kith/embedder.h>
#include <kith/error.h>

#include <cmath>
#include <thread>

#include "core/files.h"
#include "model/model_file.h"
#include "model/self_test.h"
#include "support/test_data.h"

namespace kith {
namespace {

using test::installed;

std::vector<Chip> chips(int n, cv::Size size = {112, 112}) {
  std::vector<Chip> all;
  for (int i = 0; i < n; ++i) all.push_back(model::self_test_image(static_cast<std::uint32_t>(10 + i), size));
  return all;
}

Embedder open(std::vector<std::filesystem::path> models, int max_batch = 32, bool flip = false) {
  return Embedder({std::move(models), max_batch, flip}, Runtime::create());
}

float distance(const Embedding& a, const Embedding& b) {
  float most = a.size() == b.size() ? 0.0F : INFINITY;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

TEST(EmbedderUnit, NormaliseAndSimilarity) {
  Embedding v{3, 4};
  normalise(v);
  EXPECT_FLOAT_EQ(v[0], 0.6F);
  EXPECT_FLOAT_EQ(similarity(v, v), 1);
  Embedding zero{0, 0};
  normalise(zero);
  EXPECT_EQ(zero[0], 0);
  EXPECT_THROW(similarity(v, {1, 2, 3}), Error);
}

TEST(EmbedderUnit, RefusesOptionsThatCannotWork) {
  EXPECT_THROW(open({}), Error);
  EXPECT_THROW(open({"x.onnx"}, 0), Error);
  EXPECT_THROW(open({"/nowhere/x.onnx"}), Error);
}

TEST(EmbedderModel, UnitVectorsThatDoNotDependOnTheBatch) {
  KITH_NEEDS_MODEL("fr_feature");
  const Embedder one = open({installed("fr_feature")}, 1);
  const Embedder many = open({installed("fr_feature")}, 4);
  const auto pictures = chips(7);
  const auto a = one.embed(pictures);
  const auto b = many.embed(pictures);
  ASSERT_EQ(a.size(), 7U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(static_cast<int>(a[i].size()), one.dimension());
    EXPECT_NEAR(similarity(a[i], a[i]), 1, 1e-5);
    EXPECT_LT(distance(a[i], b[i]), 1e-5) << i;
  }
  EXPECT_TRUE(one.embed({}).empty());
}

TEST(EmbedderModel, RefusesAWrongChipByItsIndex) {
  KITH_NEEDS_MODEL("fr_feature");
  const Embedder embedder = open({installed("fr_feature")});
  auto pictures = chips(3);
  pictures[2] = model::self_test_image(1, {160, 160});
  try {
    embedder.embed(pictures);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(e.what(), testing::HasSubstr("chip 2 is 160x160"));
  }
}

TEST(EmbedderModel, FlippedIsTheNormalisedSumWithTheMirror) {
  KITH_NEEDS_MODEL("fr_feature");
  const auto pictures = chips(2);
  const auto flipped = open({installed("fr_feature")}, 32, true).embed(pictures);
  const Embedder plain = open({installed("fr_feature")});
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    cv::Mat mirror;
    cv::flip(pictures[i], mirror, 1);
    Embedding sum = plain.embed({{pictures[i]}})[0];
    const Embedding other = plain.embed({{mirror}})[0];
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += other[k];
    normalise(sum);
    EXPECT_LT(distance(sum, flipped[i]), 1e-5);
  }
}

TEST(EmbedderModel, SeveralModelsWeighTheSame) {
  KITH_NEEDS_MODEL("fr_feature");
  KITH_NEEDS_MODEL("mobilefacenet-192");
  const Embedder a = open({installed("fr_feature")});
  const Embedder b = open({installed("mobilefacenet-192")});
  const Embedder both = open({installed("fr_feature"), installed("mobilefacenet-192")});
  EXPECT_EQ(both.dimension(), a.dimension() + b.dimension());
  EXPECT_EQ(both.name(), "fr_feature,mobilefacenet-192");
  EXPECT_EQ(both.identity(), a.identity() + "+" + b.identity());
  const auto pictures = chips(2);
  const auto x = a.embed(pictures);
  const auto y = b.embed(pictures);
  const auto z = both.embed(pictures);
  EXPECT_NEAR(similarity(z[0], z[1]), (similarity(x[0], x[1]) + similarity(y[0], y[1])) / 2, 1e-5);
}

TEST(EmbedderModel, NormsAreMultiplesOfTheStrangers) {
  KITH_NEEDS_MODEL("fr_feature");
  const test::TempDir dir;
  model::ModelFile file = model::read_model(installed("fr_feature"));
  Calibration& calibration = file.contract.calibrations[file.contract.identity];
  const auto with_norm = [&](double norm) {
    calibration.norm = norm;
    model::write_model(dir.path() / "model.onnx", file);
    return open({dir.path() / "model.onnx"});
  };
  const auto pictures = chips(2);
  std::vector<float> norms;
  with_norm(0).embed(pictures, norms);
  EXPECT_EQ(norms, (std::vector<float>{1, 1}));
  const double usual = with_norm(0).norm(pictures);
  EXPECT_GT(usual, 0);
  with_norm(usual).embed(pictures, norms);
  ASSERT_EQ(norms.size(), 2U);
  EXPECT_NE(norms[0], norms[1]);
  EXPECT_NEAR((norms[0] + norms[1]) / 2, 1, 1e-5);
}

TEST(EmbedderModel, DifferentChipsCannotBeShared) {
  KITH_NEEDS_MODEL("fr_feature");
  const test::TempDir dir;
  model::ModelFile file = model::read_model(installed("fr_feature"));
  file.contract.chip.points[0].x += 5;
  file.contract.name = "shifted";
  model::write_model(dir.path() / "shifted.onnx", file);
  try {
    open({installed("fr_feature"), dir.path() / "shifted.onnx"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::AllOf(testing::HasSubstr("fr_feature"), testing::HasSubstr("shifted")));
  }
}

TEST(EmbedderModel, TwoThreadsAtOnce) {
  KITH_NEEDS_MODEL("fr_feature");
  const Embedder embedder = open({installed("fr_feature")}, 2);
  const auto pictures = chips(4);
  const auto expected = embedder.embed(pictures);
  std::vector<std::vector<Embedding>> results(2);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] {
      for (int k = 0; k < 5; ++k) result = embedder.embed(pictures);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) {
    ASSERT_EQ(result.size(), expected.size());
    for (std::size_t i = 0; i < result.size(); ++i) EXPECT_LT(distance(result[i], expected[i]), 1e-5);
  }
}

Calibration calibration(std::vector<float> thresholds) {
  Calibration c;
  c.far = {1e-2, 1e-3};
  c.threshold = std::move(thresholds);
  return c;
}

TEST(EmbedderModel, ThresholdComesFromTheCalibrationOfTheSameModels) {
  KITH_NEEDS_MODEL("fr_feature");
  const test::TempDir dir;
  const auto path = dir.path() / "calibrated.onnx";
  model::ModelFile file = model::read_model(installed("fr_feature"));
  const std::string identity = file.contract.identity;
  file.contract.calibrations = {{identity, calibration({0.2F, 0.3F})},
                                {identity + "+" + identity, calibration({0.4F, 0.5F})}};
  model::write_model(path, file);
  EXPECT_EQ(open({path}).identity(), identity) << "a calibration is outside the identity";
  EXPECT_NEAR(threshold_at(open({path}).calibration(), 1e-3).value(), 0.3, 1e-6);
  EXPECT_NEAR(threshold_at(open({path}).calibration(), 1e-4).value(), 0.4, 1e-5) << "extrapolated";
  EXPECT_NEAR(threshold_at(open({path, path}).calibration(), 1e-3).value(), 0.5, 1e-6);
  EXPECT_FALSE(threshold_at(open({path, path, path}).calibration(), 1e-3).has_value());
}

}  // namespace
}  // namespace kith

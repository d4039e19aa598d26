#include "model/import/graph_builder.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <random>

#include "model/network.h"
#include "support/nhwc_layers.h"

namespace kith::model {
namespace {
using test::Array;
using test::FeatureMap;

class Pieces {
 public:
  FeatureMap map(int height, int width, int channels) {
    FeatureMap x(height, width, channels);
    for (float& v : x.values) v = next();
    return x;
  }
  Array array(const std::vector<std::int64_t>& shape) {
    std::size_t count = 1;
    for (const std::int64_t axis : shape) count *= static_cast<std::size_t>(axis);
    Array array{shape, std::vector<float>(count)};
    for (float& v : array.values) v = next();
    return array;
  }

 private:
  float next() { return static_cast<float>(random_() / 2147483648.0 - 1); }
  std::mt19937 random_{5};
};

// Runs a graph of one input and one output. @return the output, height x width x channels.
FeatureMap run(GraphBuilder&& builder, const FeatureMap& x, const Feature& y) {
  ModelFile file{std::move(builder).finish(), {}};
  file.contract.role = Role::kLandmarks;  // the role whose outputs may have any shape
  file.contract.graphs = {{"piece", "x", {x.width, x.height}, {y.name}}};
  const auto network = Network::load(file, "piece", Runtime::create());
  std::vector<float> tensor;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = c; i < x.values.size(); i += 3) tensor.push_back(x.values[i]);
  }
  const Tensor out = network->run(0, tensor.data(), {1, 3, x.height, x.width}).at(0);
  FeatureMap result(y.height, y.width, y.channels);
  EXPECT_EQ(out.size, result.values.size());
  const std::size_t cells = static_cast<std::size_t>(y.height) * static_cast<std::size_t>(y.width);
  for (std::size_t i = 0; i < out.size; ++i)
    result.values[(i % cells) * static_cast<std::size_t>(y.channels) + i / cells] = out.data[i];
  return result;
}

void expect_equal(const FeatureMap& actual, const FeatureMap& expected) {
  ASSERT_EQ(actual.height, expected.height);
  ASSERT_EQ(actual.width, expected.width);
  ASSERT_EQ(actual.channels, expected.channels);
  for (std::size_t i = 0; i < expected.values.size(); ++i)
    ASSERT_NEAR(actual.values[i], expected.values[i], 1e-4) << i;
}

TEST(GraphBuilderUnit, ConvolutionsOfOddShapesPadAsTensorFlowDoes) {
  Pieces pieces;
  for (const auto& [height, width] : {std::pair{1, 1}, {2, 5}, {7, 7}, {8, 5}, {9, 4}, {11, 14}}) {
    for (const Window& window : {Window{3, 3, 1}, Window{3, 3, 2}, Window{1, 7, 1}, Window{7, 1, 1},
                                 Window{2, 2, 2}, Window{5, 2, 3}, Window{1, 1, 2},
                                 Window{3, 3, 2, Padding::kValid}, Window{1, 3, 1, Padding::kValid}}) {
      const bool same = window.padding == Padding::kSame;
      if (!same && (height < window.height || width < window.width)) continue;
      const FeatureMap x = pieces.map(height, width, 3);
      const Array kernel = pieces.array({window.height, window.width, 3, 4}), bias = pieces.array({4});
      FeatureMap expected = test::naive_conv(x, kernel, window.stride, same);
      for (std::size_t i = 0; i < expected.values.size(); ++i) expected.values[i] += bias.values[i % 4];
      GraphBuilder builder("piece");
      const Feature y =
          builder.conv("y", builder.input("x", 3, height, width), window, {kernel.values, bias.values});
      builder.output(y, false);
      SCOPED_TRACE(testing::Message() << height << "x" << width << " window " << window.height << "x"
                                      << window.width << "/" << window.stride << (same ? " same" : " valid"));
      expect_equal(run(std::move(builder), x, y), expected);
    }
  }
}

TEST(GraphBuilderUnit, PoolingOfOddShapes) {
  Pieces pieces;
  for (const auto& [height, width] : {std::pair{3, 3}, {4, 7}, {8, 5}, {10, 11}}) {
    for (const Window& window :
         {Window{3, 3, 2, Padding::kValid}, Window{3, 3, 2}, Window{2, 2, 2}, Window{3, 3, 1}}) {
      const FeatureMap x = pieces.map(height, width, 3);
      GraphBuilder builder("piece");
      const Feature y = builder.max_pool("y", builder.input("x", 3, height, width), window);
      builder.output(y, false);
      expect_equal(run(std::move(builder), x, y),
                   test::naive_max_pool(x, window.height, window.stride, window.padding == Padding::kSame));
    }
  }
}

TEST(GraphBuilderUnit, ConcatAddReluAverageDenseNormalise) {
  Pieces pieces;
  const FeatureMap x = pieces.map(5, 3, 3);
  const Array kernel = pieces.array({6, 4}), bias = pieces.array({4});
  GraphBuilder builder("piece");
  const Feature in = builder.input("x", 3, 5, 3);
  const Feature both = builder.concat("both", {in, builder.relu("relu", builder.add("twice", in, in))});
  const Feature dense =
      builder.dense("dense", builder.global_average("mean", both), {kernel.values, bias.values});
  const Feature y = builder.l2_normalise("y", dense);
  builder.output(y, true);

  std::vector<double> mean(6), expected(bias.values.begin(), bias.values.end());
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    mean[i % 3] += x.values[i] / 15;
    mean[3 + i % 3] += std::max(0.0F, 2 * x.values[i]) / 15;
  }
  double squares = 0;
  for (std::size_t o = 0; o < 4; ++o) {
    for (std::size_t i = 0; i < 6; ++i) expected[o] += mean[i] * kernel.values[i * 4 + o];
    squares += expected[o] * expected[o];
  }
  const FeatureMap actual = run(std::move(builder), x, y);
  for (std::size_t o = 0; o < 4; ++o) EXPECT_NEAR(actual.values[o], expected[o] / std::sqrt(squares), 1e-5);
}

}  // namespace
}  // namespace kith::model

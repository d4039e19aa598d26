// Inception-ResNet-v1 for tests, written down once (davidsandberg/facenet src/models/inception_resnet_v1.py)
// and walked by three builders: one makes random weights, one computes in plain loops, one writes the frozen
// TensorFlow graph.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/nhwc_layers.h"

namespace kith::test {

/// By TensorFlow's variable names.
using Weights = std::map<std::string, Array>;

/// A convolution with batch norm and ReLU.
struct ConvLayer {
  std::string scope;
  int out;
  int height, width;
  int stride = 1;
  bool same = true;
};

struct FaceNetShape {
  int dimension = 512;
  bool gamma = false;  // batch norm with a learnt scale; facenet has none
};

/// Random, reproducible, scaled so that activations neither vanish nor explode.
Weights random_facenet(const FaceNetShape& shape, unsigned seed);

/// @param picture  160 x 160 x 3, RGB, standardised. @return the unit embedding.
std::vector<float> naive_facenet(const Weights& weights, const FeatureMap& picture);

/// Builder: types and calls as used below. @param x  the picture; @return what Builder::head returns.
template <typename Builder>
auto walk_facenet(Builder& b, typename Builder::Value x) {
  using Value = typename Builder::Value;
  const std::string root = "InceptionResnetV1/";
  x = b.conv(x, {root + "Conv2d_1a_3x3", 32, 3, 3, 2, false});
  x = b.conv(x, {root + "Conv2d_2a_3x3", 32, 3, 3, 1, false});
  x = b.conv(x, {root + "Conv2d_2b_3x3", 64, 3, 3});
  x = b.max_pool(x, root + "MaxPool_3a_3x3");
  x = b.conv(x, {root + "Conv2d_3b_1x1", 80, 1, 1, 1, false});
  x = b.conv(x, {root + "Conv2d_4a_3x3", 192, 3, 3, 1, false});
  x = b.conv(x, {root + "Conv2d_4b_3x3", 256, 3, 3, 2, false});
  for (int i = 1; i <= 5; ++i) {
    const std::string s = root + "Repeat/block35_" + std::to_string(i);
    const Value a = b.conv(x, {s + "/Branch_0/Conv2d_1x1", 32, 1, 1});
    const Value c = b.conv(b.conv(x, {s + "/Branch_1/Conv2d_0a_1x1", 32, 1, 1}),
                           {s + "/Branch_1/Conv2d_0b_3x3", 32, 3, 3});
    Value d = b.conv(x, {s + "/Branch_2/Conv2d_0a_1x1", 32, 1, 1});
    d = b.conv(d, {s + "/Branch_2/Conv2d_0b_3x3", 32, 3, 3});
    d = b.conv(d, {s + "/Branch_2/Conv2d_0c_3x3", 32, 3, 3});
    x = b.residual(x, {a, c, d}, s, 0.17F, true);
  }
  {
    const std::string s = root + "Mixed_6a";
    const Value a = b.conv(x, {s + "/Branch_0/Conv2d_1a_3x3", 384, 3, 3, 2, false});
    Value c = b.conv(x, {s + "/Branch_1/Conv2d_0a_1x1", 192, 1, 1});
    c = b.conv(c, {s + "/Branch_1/Conv2d_0b_3x3", 192, 3, 3});
    c = b.conv(c, {s + "/Branch_1/Conv2d_1a_3x3", 256, 3, 3, 2, false});
    x = b.concat({a, c, b.max_pool(x, s + "/Branch_2/MaxPool_1a_3x3")}, s + "/concat");
  }
  for (int i = 1; i <= 10; ++i) {
    const std::string s = root + "Repeat_1/block17_" + std::to_string(i);
    const Value a = b.conv(x, {s + "/Branch_0/Conv2d_1x1", 128, 1, 1});
    Value c = b.conv(x, {s + "/Branch_1/Conv2d_0a_1x1", 128, 1, 1});
    c = b.conv(c, {s + "/Branch_1/Conv2d_0b_1x7", 128, 1, 7});
    c = b.conv(c, {s + "/Branch_1/Conv2d_0c_7x1", 128, 7, 1});
    x = b.residual(x, {a, c}, s, 0.10F, true);
  }
  {
    const std::string s = root + "Mixed_7a";
    const Value a = b.conv(b.conv(x, {s + "/Branch_0/Conv2d_0a_1x1", 256, 1, 1}),
                           {s + "/Branch_0/Conv2d_1a_3x3", 384, 3, 3, 2, false});
    const Value c = b.conv(b.conv(x, {s + "/Branch_1/Conv2d_0a_1x1", 256, 1, 1}),
                           {s + "/Branch_1/Conv2d_1a_3x3", 256, 3, 3, 2, false});
    Value d = b.conv(x, {s + "/Branch_2/Conv2d_0a_1x1", 256, 1, 1});
    d = b.conv(d, {s + "/Branch_2/Conv2d_0b_3x3", 256, 3, 3});
    d = b.conv(d, {s + "/Branch_2/Conv2d_1a_3x3", 256, 3, 3, 2, false});
    x = b.concat({a, c, d, b.max_pool(x, s + "/Branch_3/MaxPool_1a_3x3")}, s + "/concat");
  }
  for (int i = 1; i <= 6; ++i) {
    const std::string s = i == 6 ? root + "Block8" : root + "Repeat_2/block8_" + std::to_string(i);
    const Value a = b.conv(x, {s + "/Branch_0/Conv2d_1x1", 192, 1, 1});
    Value c = b.conv(x, {s + "/Branch_1/Conv2d_0a_1x1", 192, 1, 1});
    c = b.conv(c, {s + "/Branch_1/Conv2d_0b_1x3", 192, 1, 3});
    c = b.conv(c, {s + "/Branch_1/Conv2d_0c_3x1", 192, 3, 1});
    x = b.residual(x, {a, c}, s, i == 6 ? 1.0F : 0.20F, i != 6);
  }
  return b.head(x, root + "Bottleneck");
}

}  // namespace kith::test

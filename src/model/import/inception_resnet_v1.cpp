#include "model/import/inception_resnet_v1.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>

#include <cmath>

#include "model/import/graph_builder.h"

namespace kith::model {
namespace {

constexpr double kBatchNormEpsilon = 0.001;  // batch_norm_params, inception_resnet_v1.py

// Residual scales, inception_resnet_v1.py; the last block8 has 1.
constexpr double kScale35 = 0.17;
constexpr double kScale17 = 0.10;
constexpr double kScale8 = 0.20;

constexpr const char* kRoot = "InceptionResnetV1/";

constexpr Window k1x1{1, 1, 1, Padding::kSame};
constexpr Window k1x3{1, 3, 1, Padding::kSame};
constexpr Window k3x1{3, 1, 1, Padding::kSame};
constexpr Window k1x7{1, 7, 1, Padding::kSame};
constexpr Window k7x1{7, 1, 1, Padding::kSame};
constexpr Window k3x3{3, 3, 1, Padding::kSame};
constexpr Window k3x3Valid{3, 3, 1, Padding::kValid};
constexpr Window k3x3Halved{3, 3, 2, Padding::kValid};

// Scales the outputs of a kernel, whose last axis they are.
void scale_outputs(std::vector<float>& kernel, const std::vector<double>& scale) {
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    kernel[i] = static_cast<float>(static_cast<double>(kernel[i]) * scale[i % scale.size()]);
  }
}

// Walks the network from the picture to the embedding. Scopes are TensorFlow-slim's: they name the constants.
class Importer {
 public:
  explicit Importer(const TensorFlowConstants& constants)
      : constants_(constants), builder_("InceptionResnetV1") {}

  InceptionResnetV1 run() && {
    Feature x = stem(builder_.input(InceptionResnetV1::kInput, 3, InceptionResnetV1::kInputSize,
                                    InceptionResnetV1::kInputSize));
    for (int i = 1; i <= 5; ++i) x = block35(kRoot + ("Repeat/block35_" + std::to_string(i)), x);
    x = reduction_a(std::string(kRoot) + "Mixed_6a", x);
    for (int i = 1; i <= 10; ++i) x = block17(kRoot + ("Repeat_1/block17_" + std::to_string(i)), x);
    x = reduction_b(std::string(kRoot) + "Mixed_7a", x);
    for (int i = 1; i <= 5; ++i)
      x = block8(kRoot + ("Repeat_2/block8_" + std::to_string(i)), x, kScale8, true);
    x = block8(std::string(kRoot) + "Block8", x, 1.0, false);
    x = head(x);
    builder_.output(x, true);
    return {std::move(builder_).finish(), x.channels};
  }

 private:
  Feature stem(Feature x) {
    const std::string root = kRoot;
    x = conv(root + "Conv2d_1a_3x3", x, 32, k3x3Halved);
    x = conv(root + "Conv2d_2a_3x3", x, 32, k3x3Valid);
    x = conv(root + "Conv2d_2b_3x3", x, 64, k3x3);
    x = builder_.max_pool(root + "MaxPool_3a_3x3", x, k3x3Halved);
    x = conv(root + "Conv2d_3b_1x1", x, 80, k1x1);
    x = conv(root + "Conv2d_4a_3x3", x, 192, k3x3Valid);
    return conv(root + "Conv2d_4b_3x3", x, 256, k3x3Halved);
  }

  Feature block35(const std::string& scope, const Feature& x) {
    const Feature a = conv(scope + "/Branch_0/Conv2d_1x1", x, 32, k1x1);
    Feature b = conv(scope + "/Branch_1/Conv2d_0a_1x1", x, 32, k1x1);
    b = conv(scope + "/Branch_1/Conv2d_0b_3x3", b, 32, k3x3);
    Feature c = conv(scope + "/Branch_2/Conv2d_0a_1x1", x, 32, k1x1);
    c = conv(scope + "/Branch_2/Conv2d_0b_3x3", c, 32, k3x3);
    c = conv(scope + "/Branch_2/Conv2d_0c_3x3", c, 32, k3x3);
    return builder_.relu(scope, residual(scope, x, {a, b, c}, kScale35));
  }

  Feature block17(const std::string& scope, const Feature& x) {
    const Feature a = conv(scope + "/Branch_0/Conv2d_1x1", x, 128, k1x1);
    Feature b = conv(scope + "/Branch_1/Conv2d_0a_1x1", x, 128, k1x1);
    b = conv(scope + "/Branch_1/Conv2d_0b_1x7", b, 128, k1x7);
    b = conv(scope + "/Branch_1/Conv2d_0c_7x1", b, 128, k7x1);
    return builder_.relu(scope, residual(scope, x, {a, b}, kScale17));
  }

  Feature block8(const std::string& scope, const Feature& x, double scale, bool relu) {
    const Feature a = conv(scope + "/Branch_0/Conv2d_1x1", x, 192, k1x1);
    Feature b = conv(scope + "/Branch_1/Conv2d_0a_1x1", x, 192, k1x1);
    b = conv(scope + "/Branch_1/Conv2d_0b_1x3", b, 192, k1x3);
    b = conv(scope + "/Branch_1/Conv2d_0c_3x1", b, 192, k3x1);
    const Feature sum = residual(scope, x, {a, b}, scale);
    return relu ? builder_.relu(scope, sum) : sum;
  }

  Feature reduction_a(const std::string& scope, const Feature& x) {
    const Feature a = conv(scope + "/Branch_0/Conv2d_1a_3x3", x, 384, k3x3Halved);
    Feature b = conv(scope + "/Branch_1/Conv2d_0a_1x1", x, 192, k1x1);
    b = conv(scope + "/Branch_1/Conv2d_0b_3x3", b, 192, k3x3);
    b = conv(scope + "/Branch_1/Conv2d_1a_3x3", b, 256, k3x3Halved);
    const Feature c = builder_.max_pool(scope + "/Branch_2/MaxPool_1a_3x3", x, k3x3Halved);
    return builder_.concat(scope, {a, b, c});
  }

  Feature reduction_b(const std::string& scope, const Feature& x) {
    Feature a = conv(scope + "/Branch_0/Conv2d_0a_1x1", x, 256, k1x1);
    a = conv(scope + "/Branch_0/Conv2d_1a_3x3", a, 384, k3x3Halved);
    Feature b = conv(scope + "/Branch_1/Conv2d_0a_1x1", x, 256, k1x1);
    b = conv(scope + "/Branch_1/Conv2d_1a_3x3", b, 256, k3x3Halved);
    Feature c = conv(scope + "/Branch_2/Conv2d_0a_1x1", x, 256, k1x1);
    c = conv(scope + "/Branch_2/Conv2d_0b_3x3", c, 256, k3x3);
    c = conv(scope + "/Branch_2/Conv2d_1a_3x3", c, 256, k3x3Halved);
    const Feature d = builder_.max_pool(scope + "/Branch_3/MaxPool_1a_3x3", x, k3x3Halved);
    return builder_.concat(scope, {a, b, c, d});
  }

  Feature head(const Feature& x) {
    const Feature pooled = builder_.global_average(std::string(kRoot) + "Logits", x);
    // Until May 2017 the bottleneck stood outside the network's scope (facenet's README, 2017-05-13).
    const std::string inside = std::string(kRoot) + "Bottleneck";
    const std::string scope =
        !constants_.has(inside + "/weights") && constants_.has("Bottleneck/weights") ? "Bottleneck" : inside;
    Constant kernel = constants_.get(scope + "/weights", {pooled.channels, TensorFlowConstants::kAny});
    const Affine affine = fold_batch_norm(scope, std::move(kernel));
    return builder_.l2_normalise(InceptionResnetV1::kOutput, builder_.dense(scope, pooled, affine));
  }

  // Convolution without bias, batch norm, ReLU.
  Feature conv(const std::string& scope, const Feature& x, int out, const Window& window) {
    Constant kernel = constants_.get(scope + "/weights", {window.height, window.width, x.channels, out});
    const Affine affine = fold_batch_norm(scope, std::move(kernel));
    return builder_.relu(scope, builder_.conv(scope + "/Conv2D", x, window, affine));
  }

  // x + scale * (1x1 convolution with bias of the branches); the scale goes into the weights.
  Feature residual(const std::string& scope, const Feature& x, const std::vector<Feature>& branches,
                   double scale) {
    const Feature mixed = builder_.concat(scope + "/concat", branches);
    const std::string up = scope + "/Conv2d_1x1";
    Affine affine{constants_.get(up + "/weights", {1, 1, mixed.channels, x.channels}).values,
                  constants_.get(up + "/biases", {x.channels}).values};
    const std::vector<double> factors(static_cast<std::size_t>(x.channels), scale);
    scale_outputs(affine.kernel, factors);
    scale_outputs(affine.bias, factors);
    return builder_.add(scope + "/add", x, builder_.conv(up, mixed, k1x1, affine));
  }

  // gamma * (W x - mean) / sqrt(variance + epsilon) + beta = (W s) x + (beta - mean s). slim leaves gamma out
  // by default.
  Affine fold_batch_norm(const std::string& scope, Constant kernel) {
    const std::string norm = scope + "/BatchNorm/";
    const std::vector<std::int64_t> shape{kernel.shape.back()};
    const std::vector<float> beta = constants_.get(norm + "beta", shape).values;
    const std::vector<float> mean = constants_.get(norm + "moving_mean", shape).values;
    const std::vector<float> variance = constants_.get(norm + "moving_variance", shape).values;
    std::vector<float> gamma(beta.size(), 1.0F);
    if (constants_.has(norm + "gamma")) gamma = constants_.get(norm + "gamma", shape).values;
    std::vector<double> scale(beta.size());
    Affine folded{std::move(kernel.values), std::vector<float>(beta.size())};
    for (std::size_t i = 0; i < scale.size(); ++i) {
      if (variance[i] < 0) {
        throw Error(ErrorCode::kCorrupt,
                    constants_.where() + ": node \"" + norm + "moving_variance\" holds a negative variance");
      }
      scale[i] =
          static_cast<double>(gamma[i]) / std::sqrt(static_cast<double>(variance[i]) + kBatchNormEpsilon);
      folded.bias[i] =
          static_cast<float>(static_cast<double>(beta[i]) - static_cast<double>(mean[i]) * scale[i]);
    }
    scale_outputs(folded.kernel, scale);
    return folded;
  }

  const TensorFlowConstants& constants_;
  GraphBuilder builder_;
};

}  // namespace

InceptionResnetV1 build_inception_resnet_v1(const TensorFlowConstants& constants) {
  return Importer(constants).run();
}

}  // namespace kith::model

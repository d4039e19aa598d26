#include "support/facenet.h"

#include <cmath>
#include <random>

namespace kith::test {
namespace {

constexpr double kEpsilon = 0.001;

// Value: the number of channels.
class WeightMaker {
 public:
  using Value = int;
  WeightMaker(const FaceNetShape& shape, unsigned seed) : shape_(shape), random_(seed) {}

  int conv(int in, const ConvLayer& layer) {
    const double fan_in = double(layer.height) * layer.width * in;
    add(layer.scope + "/weights", {layer.height, layer.width, in, layer.out}, 0, std::sqrt(6 / fan_in));
    batch_norm(layer.scope, layer.out);
    return layer.out;
  }
  int max_pool(int in, const std::string&) { return in; }
  int concat(const std::vector<int>& in, const std::string&) {
    int sum = 0;
    for (const int channels : in) sum += channels;
    return sum;
  }
  int residual(int x, const std::vector<int>& branches, const std::string& scope, float, bool) {
    const int mixed = concat(branches, "");
    add(scope + "/Conv2d_1x1/weights", {1, 1, mixed, x}, 0, std::sqrt(3.0 / mixed));
    add(scope + "/Conv2d_1x1/biases", {x}, 0, 0.2);
    return x;
  }
  int head(int in, const std::string& scope) {
    add(scope + "/weights", {in, shape_.dimension}, 0, std::sqrt(3.0 / in));
    batch_norm(scope, shape_.dimension);
    return shape_.dimension;
  }

  Weights weights;

 private:
  void add(const std::string& name, const std::vector<std::int64_t>& shape, double centre, double spread) {
    std::size_t count = 1;
    for (const std::int64_t axis : shape) count *= static_cast<std::size_t>(axis);
    Array array{shape, std::vector<float>(count)};
    for (float& v : array.values) v = static_cast<float>(centre + spread * (random_() / 2147483648.0 - 1));
    weights[name] = std::move(array);
  }
  void batch_norm(const std::string& scope, int channels) {
    add(scope + "/BatchNorm/beta", {channels}, 0, 0.2);
    add(scope + "/BatchNorm/moving_mean", {channels}, 0, 0.2);
    add(scope + "/BatchNorm/moving_variance", {channels}, 1.0, 0.8);
    if (shape_.gamma) add(scope + "/BatchNorm/gamma", {channels}, 1.0, 0.5);
  }

  FaceNetShape shape_;
  std::mt19937 random_;
};

class NaiveNetwork {
 public:
  using Value = FeatureMap;
  explicit NaiveNetwork(const Weights& weights) : weights_(weights) {}

  FeatureMap conv(const FeatureMap& x, const ConvLayer& layer) {
    FeatureMap y = naive_conv(x, weights_.at(layer.scope + "/weights"), layer.stride, layer.same);
    batch_norm(y, layer.scope);
    for (float& v : y.values) v = std::max(v, 0.0F);
    return y;
  }
  FeatureMap max_pool(const FeatureMap& x, const std::string&) { return naive_max_pool(x, 3, 2, false); }
  FeatureMap concat(const std::vector<FeatureMap>& xs, const std::string&) { return naive_concat(xs); }
  FeatureMap residual(const FeatureMap& x, const std::vector<FeatureMap>& branches, const std::string& scope,
                      float scale, bool relu) {
    FeatureMap y = naive_conv(naive_concat(branches), weights_.at(scope + "/Conv2d_1x1/weights"), 1, true);
    const std::vector<float>& bias = weights_.at(scope + "/Conv2d_1x1/biases").values;
    for (std::size_t i = 0; i < y.values.size(); ++i) {
      y.values[i] = x.values[i] + scale * (y.values[i] + bias[i % bias.size()]);
      if (relu) y.values[i] = std::max(y.values[i], 0.0F);
    }
    return y;
  }
  std::vector<float> head(const FeatureMap& x, const std::string& scope) {
    FeatureMap mean(1, 1, x.channels);
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      mean.values[i % mean.values.size()] += x.values[i] / static_cast<float>(x.height * x.width);
    }
    Array kernel = weights_.at(scope + "/weights");
    kernel.shape = {1, 1, kernel.shape[0], kernel.shape[1]};
    FeatureMap y = naive_conv(mean, kernel, 1, true);
    batch_norm(y, scope);
    double squares = 0;
    for (const float v : y.values) squares += double(v) * v;
    for (float& v : y.values) v = static_cast<float>(v / std::sqrt(std::max(squares, 1e-10)));
    return y.values;
  }

 private:
  void batch_norm(FeatureMap& x, const std::string& scope) const {
    const auto part = [&](const char* name) { return weights_.at(scope + "/BatchNorm/" + name).values; };
    const std::vector<float> beta = part("beta"), mean = part("moving_mean"),
                             variance = part("moving_variance");
    const bool scaled = weights_.contains(scope + "/BatchNorm/gamma");
    const std::vector<float> gamma = scaled ? part("gamma") : std::vector<float>(beta.size(), 1.0F);
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      const std::size_t c = i % beta.size();
      x.values[i] = static_cast<float>(
          gamma[c] * (x.values[i] - mean[c]) / std::sqrt(variance[c] + kEpsilon) + beta[c]);
    }
  }

  const Weights& weights_;
};

}  // namespace

Weights random_facenet(const FaceNetShape& shape, unsigned seed) {
  WeightMaker maker(shape, seed);
  walk_facenet(maker, 3);
  return std::move(maker.weights);
}

std::vector<float> naive_facenet(const Weights& weights, const FeatureMap& picture) {
  NaiveNetwork network(weights);
  return walk_facenet(network, picture);
}

}  // namespace kith::test

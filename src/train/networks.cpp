#include "train/networks.h"

#include <kith/error.h>
#include <torch/torch.h>

#include <array>
#include <cmath>

namespace kith::train {
namespace {

using Window = std::array<std::int64_t, 2>;  // height, width

struct ConvSpec {
  std::int64_t channels = 0;
  Window kernel{3, 3};
  std::int64_t stride = 1;
  bool padded = true;  // by half a kernel; else not at all
  std::int64_t groups = 1;
};

// Builds node by node; a tensor is known by its name, and the channels of each are remembered.
class Builder {
 public:
  Builder(std::string name, int size, int dimension) {
    graph_.name = std::move(name);
    graph_.size = size;
    graph_.dimension = dimension;
    graph_.input = "input";
    channels_["input"] = 3;
  }

  std::string conv(const std::string& x, const ConvSpec& spec, bool bias = false) {
    const std::int64_t in = channels_.at(x) / spec.groups;
    // He et al. 2015, arXiv:1502.01852: the deviation that keeps a rectified layer's variance.
    const double deviation = std::sqrt(2.0 / static_cast<double>(in * spec.kernel[0] * spec.kernel[1]));
    Node& conv = node("Conv", {x}, spec.channels);
    conv.inputs.push_back(
        constant(conv.output + ".weight",
                 torch::randn({spec.channels, in, spec.kernel[0], spec.kernel[1]}) * deviation));
    if (bias) conv.inputs.push_back(constant(conv.output + ".bias", torch::zeros({spec.channels})));
    const std::int64_t top = spec.padded ? spec.kernel[0] / 2 : 0,
                       left = spec.padded ? spec.kernel[1] / 2 : 0;
    conv.integers = {{"kernel_shape", {spec.kernel[0], spec.kernel[1]}},
                     {"strides", {spec.stride, spec.stride}},
                     {"pads", {top, left, top, left}},
                     {"dilations", {1, 1}},
                     {"group", {spec.groups}}};
    return conv.output;
  }
  std::string norm(const std::string& x) {
    const std::int64_t c = channels_.at(x);
    Node& norm = node("BatchNormalization", {x}, c);
    const std::string name = norm.output;
    norm.inputs.insert(
        norm.inputs.end(),
        {constant(name + ".scale", torch::ones({c})), constant(name + ".shift", torch::zeros({c})),
         constant(name + ".mean", torch::zeros({c})), constant(name + ".variance", torch::ones({c}))});
    norm.reals = {{"epsilon", 1e-5}, {"momentum", 0.9}};
    return name;
  }
  std::string prelu(const std::string& x) {
    const std::int64_t c = channels_.at(x);
    Node& node_ = node("PRelu", {x}, c);
    node_.inputs.push_back(
        constant(node_.output + ".slope", torch::full({c, 1, 1}, 0.25)));  // He et al. 2015, arXiv:1502.01852
    return node_.output;
  }
  std::string relu(const std::string& x) { return node("Relu", {x}, channels_.at(x)).output; }
  std::string add(const std::string& a, const std::string& b) {
    return node("Add", {a, b}, channels_.at(a)).output;
  }
  std::string scale(const std::string& x, float factor) {
    Node& mul = node("Mul", {x}, channels_.at(x));
    mul.inputs.push_back(mul.output + ".factor");
    graph_.constants[mul.inputs.back()] = torch::full({1}, factor);
    return mul.output;
  }
  std::string concat(const std::vector<std::string>& xs) {
    std::int64_t sum = 0;
    for (const std::string& x : xs) sum += channels_.at(x);
    Node& cat = node("Concat", xs, sum);
    cat.integers["axis"] = {1};
    return cat.output;
  }
  std::string max_pool(const std::string& x) {  // 3 x 3, stride 2, no padding
    Node& pool = node("MaxPool", {x}, channels_.at(x));
    pool.integers = {{"kernel_shape", {3, 3}}, {"strides", {2, 2}}, {"pads", {0, 0, 0, 0}}};
    return pool.output;
  }
  std::string average(const std::string& x) { return node("GlobalAveragePool", {x}, channels_.at(x)).output; }
  std::string dropout(const std::string& x, double ratio) {
    Node& drop = node("Dropout", {x}, channels_.at(x));
    drop.reals["ratio"] = ratio;
    return drop.output;
  }
  std::string flatten(const std::string& x, std::int64_t features) {
    Node& flat = node("Flatten", {x}, features);
    flat.integers["axis"] = {1};
    return flat.output;
  }
  std::string dense(const std::string& x, std::int64_t out) {
    const std::int64_t in = channels_.at(x);
    Node& gemm = node("Gemm", {x}, out);
    gemm.inputs.push_back(constant(gemm.output + ".weight",
                                   torch::randn({out, in}) * std::sqrt(1.0 / static_cast<double>(in))));
    gemm.integers["transB"] = {1};
    return gemm.output;
  }
  std::int64_t channels(const std::string& x) const { return channels_.at(x); }
  Graph finish(const std::string& x) {
    graph_.output = x;
    return std::move(graph_);
  }

 private:
  Node& node(const std::string& op, const std::vector<std::string>& inputs, std::int64_t channels) {
    Node made;
    made.op = op;
    made.inputs = inputs;
    made.output = op + "_" + std::to_string(graph_.nodes.size());
    channels_[made.output] = channels;
    graph_.nodes.push_back(std::move(made));
    return graph_.nodes.back();
  }
  std::string constant(const std::string& name, const torch::Tensor& value) {
    graph_.constants[name] = value.to(torch::kFloat);
    return name;
  }

  Graph graph_;
  std::map<std::string, std::int64_t> channels_;
};

Graph mobilefacenet(int dimension) {
  Builder b("mobilefacenet", 112, dimension);
  const auto unit = [&](const std::string& x, const ConvSpec& spec) {
    return b.prelu(b.norm(b.conv(x, spec)));
  };
  std::string x = unit("input", {.channels = 64, .stride = 2});
  x = unit(x, {.channels = 64, .groups = 64});
  // Expansion, channels, repeats, stride: table 1 of the paper.
  struct Stage {
    std::int64_t expansion, channels;
    int repeats;
    std::int64_t stride;
  };
  for (const Stage& stage : {Stage{2, 64, 5, 2}, Stage{4, 128, 1, 2}, Stage{2, 128, 6, 1},
                             Stage{4, 128, 1, 2}, Stage{2, 128, 2, 1}}) {
    for (int i = 0; i < stage.repeats; ++i) {
      const std::int64_t stride = i == 0 ? stage.stride : 1;
      const std::int64_t wide = b.channels(x) * stage.expansion;
      std::string y = unit(x, {.channels = wide, .kernel = {1, 1}});
      y = unit(y, {.channels = wide, .stride = stride, .groups = wide});
      y = b.norm(b.conv(y, {.channels = stage.channels, .kernel = {1, 1}}));
      x = stride == 1 && b.channels(x) == stage.channels ? b.add(x, y) : y;
    }
  }
  x = unit(x, {.channels = 512, .kernel = {1, 1}});
  x = b.norm(b.conv(x, {.channels = 512, .kernel = {7, 7}, .padded = false, .groups = 512}));
  x = b.norm(b.conv(x, {.channels = dimension, .kernel = {1, 1}}));
  return b.finish(b.flatten(x, dimension));
}

Graph resnet18(int dimension) {
  Builder b("resnet18", 112, dimension);
  std::string x = b.prelu(b.norm(b.conv("input", {.channels = 32})));
  for (const std::int64_t channels : {32, 64, 128, 256}) {
    for (const std::int64_t stride : {2, 1}) {
      std::string y = b.prelu(b.norm(b.conv(b.norm(x), {.channels = channels})));
      y = b.norm(b.conv(y, {.channels = channels, .stride = stride}));
      if (stride != 1) x = b.norm(b.conv(x, {.channels = channels, .kernel = {1, 1}, .stride = stride}));
      x = b.add(x, y);
    }
  }
  x = b.flatten(b.dropout(b.norm(x), 0.4), std::int64_t{256} * 7 * 7);
  return b.finish(b.norm(b.dense(x, dimension)));
}

Graph inception_resnet_v1(int dimension) {
  Builder b("inception-resnet-v1", 160, dimension);
  const auto unit = [&](const std::string& x, const ConvSpec& spec) {
    return b.relu(b.norm(b.conv(x, spec)));
  };
  // Branches, joined, brought back to the width of x by a 1 x 1 convolution and added to x, scaled.
  const auto residual = [&](const std::string& x, const std::vector<std::vector<ConvSpec>>& branches,
                            float scale, bool rectified) {
    std::vector<std::string> ends;
    for (const auto& branch : branches) {
      std::string y = x;
      for (const ConvSpec& spec : branch) y = unit(y, spec);
      ends.push_back(y);
    }
    const std::string sum =
        b.add(x, b.scale(b.conv(b.concat(ends), {.channels = b.channels(x), .kernel = {1, 1}}, true), scale));
    return rectified ? b.relu(sum) : sum;
  };
  const auto one = [](std::int64_t channels) { return ConvSpec{.channels = channels, .kernel = {1, 1}}; };
  const auto two = [](std::int64_t channels) {
    return ConvSpec{.channels = channels, .stride = 2, .padded = false};
  };
  std::string x = unit("input", two(32));
  x = unit(x, {.channels = 32, .padded = false});
  x = b.max_pool(unit(x, {.channels = 64}));
  x = unit(unit(x, one(80)), {.channels = 192, .padded = false});
  x = unit(x, two(256));
  for (int i = 0; i < 5; ++i)
    x = residual(x, {{one(32)}, {one(32), {.channels = 32}}, {one(32), {.channels = 32}, {.channels = 32}}},
                 0.17F, true);
  x = b.concat(
      {unit(x, two(384)), unit(unit(unit(x, one(192)), {.channels = 192}), two(256)), b.max_pool(x)});
  for (int i = 0; i < 10; ++i)
    x = residual(
        x, {{one(128)}, {one(128), {.channels = 128, .kernel = {1, 7}}, {.channels = 128, .kernel = {7, 1}}}},
        0.10F, true);
  x = b.concat({unit(unit(x, one(256)), two(384)), unit(unit(x, one(256)), two(256)),
                unit(unit(unit(x, one(256)), {.channels = 256}), two(256)), b.max_pool(x)});
  for (int i = 0; i < 6; ++i) {
    const bool last = i == 5;
    x = residual(
        x, {{one(192)}, {one(192), {.channels = 192, .kernel = {1, 3}}, {.channels = 192, .kernel = {3, 1}}}},
        last ? 1.0F : 0.20F, !last);
  }
  x = b.dropout(b.flatten(b.average(x), 1792),
                0.2);  // keep_probability 0.8: facenet's wiki, training on CASIA
  return b.finish(b.norm(b.dense(x, dimension)));
}

Graph tiny(int dimension) {
  Builder b("tiny", 112, dimension);
  std::string x = "input";
  for (const std::int64_t channels : {8, 16, 32, 32})
    x = b.prelu(b.norm(b.conv(x, {.channels = channels, .stride = 2})));
  return b.finish(b.dense(b.flatten(b.average(x), 32), dimension));
}

}  // namespace

Graph make_network(const std::string& name, int dimension, std::uint64_t seed) {
  torch::manual_seed(seed);
  if (name == "mobilefacenet") return mobilefacenet(dimension);
  if (name == "resnet18") return resnet18(dimension);
  if (name == "inception-resnet-v1") return inception_resnet_v1(dimension);
  if (name == "tiny") return tiny(dimension);
  throw Error(ErrorCode::kInvalidArgument, "no network is called \"" + name +
                                               "\"; there are mobilefacenet, resnet18, inception-resnet-v1");
}

}  // namespace kith::train

#include "model/optimise.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <onnxruntime_cxx_api.h>

#include <functional>
#include <random>
#include <stdexcept>

#include "model/import/onnx_builder.h"
#include "model/runtime_impl.h"

namespace kith::model {
namespace {

FloatArray random_array(std::vector<std::int64_t> shape, float low, float high, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(low, high);
  std::size_t count = 1;
  for (const std::int64_t length : shape) count *= static_cast<std::size_t>(length);
  FloatArray array{std::move(shape), std::vector<float>(count)};
  for (float& v : array.values) v = value(random);
  return array;
}

void conv(OnnxBuilder& builder, const std::string& in, const std::string& out, std::int64_t channels,
          std::int64_t outputs, std::int64_t kernel) {
  const auto weight =
      builder.constant(out + "/w", random_array({outputs, channels, kernel, kernel}, -0.4F, 0.4F, 1));
  const auto bias = builder.constant(out + "/b", random_array({outputs}, -0.5F, 0.5F, 2));
  set_attribute(builder.node("Conv", {in, weight, bias}, out), "kernel_shape", {kernel, kernel});
}

void prelu(OnnxBuilder& builder, const std::string& in, const std::string& out, std::int64_t channels) {
  builder.node("PRelu",
               {in, builder.constant(out + "/slope", random_array({channels, 1, 1}, -1.3F, 1.3F, 3))}, out);
}

void pool(OnnxBuilder& builder, const std::string& in, const std::string& out) {
  auto& node = builder.node("MaxPool", {in}, out);
  set_attribute(node, "kernel_shape", {2, 2});
  set_attribute(node, "strides", {2, 2});
  set_attribute(node, "ceil_mode", std::int64_t{1});
}

using Outputs = std::vector<std::vector<float>>;

Outputs run(const onnx::ModelProto& model, std::vector<std::int64_t> shape) {
  static const Ort::Env env = make_env(1);
  const std::string bytes = model.SerializeAsString();
  Ort::Session session(env, bytes.data(), bytes.size(), Ort::SessionOptions{});
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  FloatArray input = random_array(shape, -1, 1, 9);
  const Ort::Value value = Ort::Value::CreateTensor<float>(memory, input.values.data(), input.values.size(),
                                                           shape.data(), shape.size());
  const char* input_name = model.graph().input(0).name().c_str();
  std::vector<const char*> names;
  for (const auto& output : model.graph().output()) names.push_back(output.name().c_str());
  auto results = session.Run(Ort::RunOptions{nullptr}, &input_name, &value, 1, names.data(), names.size());
  Outputs outputs;
  for (Ort::Value& result : results) {
    const float* data = result.GetTensorData<float>();
    outputs.emplace_back(data, data + result.GetTensorTypeAndShapeInfo().GetElementCount());
  }
  return outputs;
}

int count(const onnx::ModelProto& model, const std::string& type) {
  int found = 0;
  for (const auto& node : model.graph().node()) found += node.op_type() == type ? 1 : 0;
  return found;
}

void expect_same(const onnx::ModelProto& before, const onnx::ModelProto& after,
                 const std::vector<std::int64_t>& shape) {
  const Outputs expected = run(before, shape);
  const Outputs actual = run(after, shape);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(actual[i].size(), expected[i].size());
    for (std::size_t k = 0; k < expected[i].size(); ++k)
      ASSERT_NEAR(actual[i][k], expected[i][k], 1e-5) << i << ' ' << k;
  }
}

// As P-Net: 10 channels, slopes of any sign and above 1, pooling with a cut window, two heads.
std::shared_ptr<onnx::ModelProto> like_pnet() {
  OnnxBuilder builder("net");
  builder.input("in", {OnnxBuilder::kFree, 3, OnnxBuilder::kFree, OnnxBuilder::kFree});
  conv(builder, "in", "c1", 3, 10, 3);
  prelu(builder, "c1", "p1", 10);
  pool(builder, "p1", "m1");
  conv(builder, "m1", "c2", 10, 16, 3);
  prelu(builder, "c2", "p2", 16);
  conv(builder, "p2", "logits", 16, 2, 1);
  set_attribute(builder.node("Softmax", {"logits"}, "prob"), "axis", std::int64_t{1});
  conv(builder, "p2", "box", 16, 4, 1);
  builder.output("prob", {OnnxBuilder::kFree, 2, OnnxBuilder::kFree, OnnxBuilder::kFree});
  builder.output("box", {OnnxBuilder::kFree, 4, OnnxBuilder::kFree, OnnxBuilder::kFree});
  return builder.finish();
}

TEST(OptimiseUnit, ReturnsTheSame) {
  const auto model = like_pnet();
  onnx::ModelProto fast = *model;
  optimise(fast);
  EXPECT_EQ(count(fast, "PRelu"), 0);
  EXPECT_EQ(count(fast, "Softmax"), 0);
  for (const auto& weight : fast.graph().initializer()) {
    if (weight.name() == "c1/w") {
      EXPECT_EQ(weight.dims(0), 16);
    } else if (weight.name() == "c2/w") {
      EXPECT_EQ(weight.dims(1), 16);
    }
  }
  expect_same(*model, fast, {1, 3, 12, 12});
  expect_same(*model, fast, {3, 3, 23, 37});
}

TEST(OptimiseUnit, SoftmaxAfterAMatrix) {
  for (const bool transposed : {false, true}) {
    OnnxBuilder builder("net");
    builder.input("in", {OnnxBuilder::kFree, 7});
    const auto weight = builder.constant(
        "w", random_array(transposed ? std::vector<std::int64_t>{2, 7} : std::vector<std::int64_t>{7, 2}, -1,
                          1, 4));
    auto& gemm =
        builder.node("Gemm", {"in", weight, builder.constant("b", random_array({2}, -1, 1, 5))}, "logits");
    if (transposed) set_attribute(gemm, "transB", std::int64_t{1});
    set_attribute(builder.node("Softmax", {"logits"}, "prob"), "axis", std::int64_t{1});
    builder.output("prob", {OnnxBuilder::kFree, 2});
    const auto model = builder.finish();
    onnx::ModelProto fast = *model;
    optimise(fast);
    EXPECT_EQ(count(fast, "Sigmoid"), 1);
    expect_same(*model, fast, {5, 7});
  }
}

TEST(OptimiseUnit, WhatDoesNotFitIsLeftAlone) {
  OnnxBuilder builder("net");
  builder.input("in", {OnnxBuilder::kFree, 3, OnnxBuilder::kFree, OnnxBuilder::kFree});
  conv(builder, "in", "c1", 3, 10, 3);  // its channels are returned: no padding
  prelu(builder, "c1", "p1", 10);
  conv(builder, "p1", "c2", 10, 16, 3);
  builder.node("PRelu", {"c2", builder.constant("s", random_array({1, 1, 1}, 0.2F, 0.3F, 6))},
               "p2");  // one slope for all
  conv(builder, "p2", "three", 16, 3, 1);
  set_attribute(builder.node("Softmax", {"three"}, "soft"), "axis", std::int64_t{1});  // three ways
  builder.output("c1", {OnnxBuilder::kFree, 10, OnnxBuilder::kFree, OnnxBuilder::kFree});
  builder.output("soft", {OnnxBuilder::kFree, 3, OnnxBuilder::kFree, OnnxBuilder::kFree});
  const auto model = builder.finish();
  onnx::ModelProto same = *model;
  optimise(same);
  EXPECT_EQ(same.SerializeAsString(), model->SerializeAsString());
}

// ONNX Runtime refuses such networks, but only after this.
TEST(OptimiseUnit, NetworksThatMakeNoSenseAreLeftAlone) {
  const auto model = like_pnet();
  const auto broken = [&](const std::function<void(onnx::GraphProto&)>& change) {
    onnx::ModelProto changed = *model;
    change(*changed.mutable_graph());
    onnx::ModelProto same = changed;
    optimise(same);
    return same.SerializeAsString() == changed.SerializeAsString();
  };
  const auto find = [](onnx::GraphProto& graph, const std::string& type) -> onnx::NodeProto& {
    for (auto& node : *graph.mutable_node()) {
      if (node.op_type() == type) return node;
    }
    throw std::logic_error(type);
  };
  for (const char* type : {"Conv", "PRelu", "MaxPool", "Softmax"}) {
    EXPECT_TRUE(broken([&](onnx::GraphProto& graph) { find(graph, type).clear_input(); })) << type;
    EXPECT_TRUE(broken([&](onnx::GraphProto& graph) { find(graph, type).clear_output(); })) << type;
    EXPECT_TRUE(broken([&](onnx::GraphProto& graph) {  // a circle
      auto& node = find(graph, type);
      node.set_input(0, node.output(0));
    })) << type;
  }
}

TEST(OptimiseUnit, WeightsThatDoNotFitTheirShape) {
  const auto model = like_pnet();
  for (int i = 0; i < model->graph().initializer_size(); ++i) {
    for (const std::int64_t length :
         {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 40}) {
      onnx::ModelProto changed = *model;
      auto& weights = *changed.mutable_graph()->mutable_initializer(i);
      for (int axis = 0; axis < weights.dims_size(); ++axis) {
        weights.set_dims(axis, length);
        onnx::ModelProto copy = changed;
        optimise(copy);  // whatever it makes of it: no crash, no huge allocation
      }
      weights.clear_dims();
      optimise(changed);
    }
  }
}

}  // namespace
}  // namespace kith::model

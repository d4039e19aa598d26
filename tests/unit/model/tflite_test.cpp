// The TensorFlow Lite importer, operator by operator, against plain loops on odd shapes.
#include "model/import/tflite.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include "unit/model/plain_tensor.h"
#include "unit/model/tflite_writer.h"

namespace kith::test {
namespace {

using model::TfliteCode;
using Shape = std::vector<std::int32_t>;

Shape dims(const FloatArray& array) { return {array.shape.begin(), array.shape.end()}; }

// The file has a batch of 1; the network is run with a batch of 2, so that its batch must have become free.
FloatArray batch_of_two(const std::vector<std::int64_t>& one, std::uint32_t seed = 1) {
  std::vector<std::int64_t> shape = one;
  shape[0] = 2;
  return noise(shape, seed);
}

Shape one_of(FloatArray batch) {
  batch.shape[0] = 1;
  return dims(batch);
}

void expect_same(const FloatArray& actual, const FloatArray& expected, float tolerance = 1e-4F) {
  ASSERT_EQ(actual.shape, expected.shape);
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    ASSERT_NEAR(actual.values[i], expected.values[i],
                tolerance * std::max(1.0F, std::abs(expected.values[i])))
        << "value " << i;
  }
}

// Imports a file whose one input and one output are pictures, runs it, and compares with `expected` (NHWC).
void expect_pictures(TfliteWriter& writer, std::int32_t in, std::int32_t out, const FloatArray& input,
                     const FloatArray& expected) {
  const auto file = model::read_tflite(writer.finish({in}, {out}), "test.tflite");
  const auto results = run_onnx(*model::translate_tflite(file), to_nchw(input));
  ASSERT_EQ(results.size(), 1U);
  expect_same(expected.shape.size() == 4 ? to_nhwc(results[0]) : results[0], expected);
}

TEST(TfliteUnit, ConvolutionOfEveryPaddingStrideAndDilation) {
  const FloatArray input = batch_of_two({1, 11, 7, 3});
  const FloatArray kernel = noise({5, 3, 2, 3}, 2);
  const FloatArray bias = noise({5}, 3);
  for (const bool same : {false, true}) {
    for (const int stride : {1, 2, 3}) {
      for (const int dilation : {1, 2}) {
        if (stride > 1 && dilation > 1) continue;
        const FloatArray expected = plain_conv(input, kernel, bias.values, {3, 2, stride, dilation, same});
        TfliteWriter writer;
        const auto in = writer.tensor("in", one_of(input));
        const auto out = writer.tensor("out", one_of(expected));
        writer.conv({in, writer.tensor("kernel", dims(kernel), kernel.values),
                     writer.tensor("bias", dims(bias), bias.values)},
                    out, same, stride, dilation);
        SCOPED_TRACE(testing::Message()
                     << "same " << same << " stride " << stride << " dilation " << dilation);
        expect_pictures(writer, in, out, input, expected);
      }
    }
  }
}

TEST(TfliteUnit, ConvolutionWithFusedActivation) {
  const FloatArray input = batch_of_two({1, 5, 4, 2});
  FloatArray kernel = noise({3, 2, 2, 2}, 2);
  for (float& value : kernel.values) value *= 20;  // so that 6 is reached
  for (const int activation : {1, 3}) {
    const FloatArray expected = plain_map(plain_conv(input, kernel, {}, {2, 2}), [&](float x) {
      return std::clamp(x, 0.0F, activation == 3 ? 6.0F : 1e9F);
    });
    TfliteWriter writer;
    const auto in = writer.tensor("in", one_of(input));
    const auto out = writer.tensor("out", one_of(expected));
    writer.conv({in, writer.tensor("kernel", dims(kernel), kernel.values)}, out, false, 1, 1, activation);
    expect_pictures(writer, in, out, input, expected);
  }
}

TEST(TfliteUnit, DepthwiseConvolutionWithMultiplier) {
  const FloatArray input = batch_of_two({1, 7, 9, 3});
  for (const int multiplier : {1, 2}) {
    const FloatArray kernel = noise({1, 3, 3, 3 * multiplier}, 4);
    const FloatArray bias = noise({3 * multiplier}, 5);
    for (const bool same : {false, true}) {
      const FloatArray expected = plain_conv(input, kernel, bias.values, {3, 3, 2, 1, same}, true);
      TfliteWriter writer;
      const auto in = writer.tensor("in", one_of(input));
      const auto out = writer.tensor("out", one_of(expected));
      writer.depthwise({in, writer.tensor("kernel", dims(kernel), kernel.values),
                        writer.tensor("bias", dims(bias), bias.values)},
                       out, same, 2, multiplier);
      expect_pictures(writer, in, out, input, expected);
    }
  }
}

TEST(TfliteUnit, Pools) {
  const FloatArray input = batch_of_two({1, 10, 7, 2});
  for (const bool same : {false, true}) {
    for (const bool average : {false, true}) {
      const FloatArray expected = plain_pool(input, {3, 3, 2, 1, same}, average);
      TfliteWriter writer;
      const auto in = writer.tensor("in", one_of(input));
      const auto out = writer.tensor("out", one_of(expected));
      writer.pool(average ? TfliteCode::kAveragePool2d : TfliteCode::kMaxPool2d, in, out, same, 2, 3);
      expect_pictures(writer, in, out, input, expected);
    }
  }
}

TEST(TfliteUnit, FullyConnectedReadsPicturesInTheFilesOrder) {
  const FloatArray input = batch_of_two({1, 3, 2, 4});
  const FloatArray weights = noise({5, 24}, 6);
  const FloatArray bias = noise({5}, 7);
  const FloatArray expected = plain_dense(input, weights, bias.values);
  TfliteWriter writer;
  const auto in = writer.tensor("in", one_of(input));
  const auto out = writer.tensor("out", {1, 5});
  writer.dense({in, writer.tensor("weights", dims(weights), weights.values),
                writer.tensor("bias", dims(bias), bias.values)},
               out);
  expect_pictures(writer, in, out, input, expected);
}

TEST(TfliteUnit, ArithmeticWithChannelConstants) {
  const FloatArray input = batch_of_two({1, 3, 5, 4});
  const FloatArray constant = plain_map(noise({4}, 8), [](float x) { return x + 2; });
  const std::vector<std::pair<TfliteCode, std::function<float(float, float)>>> operators = {
      {TfliteCode::kAdd, [](float a, float b) { return a + b; }},
      {TfliteCode::kSub, [](float a, float b) { return a - b; }},
      {TfliteCode::kMul, [](float a, float b) { return a * b; }},
      {TfliteCode::kDiv, [](float a, float b) { return a / b; }}};
  for (const auto& [code, f] : operators) {
    for (const bool constant_first : {false, true}) {
      FloatArray expected = input;
      for (std::size_t i = 0; i < expected.values.size(); ++i) {
        const float c = constant.values[i % 4];
        expected.values[i] = constant_first ? f(c, expected.values[i]) : f(expected.values[i], c);
      }
      TfliteWriter writer;
      const auto in = writer.tensor("in", one_of(input));
      const auto other = writer.tensor("constant", {4}, constant.values);
      const auto out = writer.tensor("out", one_of(input));
      writer.op(code, constant_first ? TfliteWriter::Indexes{other, in} : TfliteWriter::Indexes{in, other},
                out);
      expect_pictures(writer, in, out, input, expected);
    }
  }
}

TEST(TfliteUnit, ElementwiseOperators) {
  const FloatArray input = batch_of_two({1, 3, 5, 2});
  const std::vector<std::pair<TfliteCode, std::function<float(float)>>> operators = {
      {TfliteCode::kRelu, [](float x) { return std::max(x, 0.0F); }},
      {TfliteCode::kNeg, [](float x) { return -x; }},
      {TfliteCode::kAbs, [](float x) { return std::abs(x); }},
      {TfliteCode::kExp, [](float x) { return std::exp(x); }}};
  for (const auto& [code, f] : operators) {
    TfliteWriter writer;
    const auto in = writer.tensor("in", one_of(input));
    const auto out = writer.tensor("out", one_of(input));
    writer.op(code, {in}, out);
    expect_pictures(writer, in, out, input, plain_map(input, f));
  }
}

// relu(x) + slope * -relu(-x), as MTCNN's files have it, and relu(x) + slope / 2 * (x - |x|), as
// MobileFaceNet's.
TEST(TfliteUnit, SpeltPreluBecomesOneNode) {
  const FloatArray input = batch_of_two({1, 3, 5, 4});
  const FloatArray slope = noise({4}, 9);
  for (const bool by_abs : {false, true}) {
    TfliteWriter writer;
    const Shape shape = one_of(input);
    const auto in = writer.tensor("in", shape);
    const auto positive = writer.tensor("positive", shape);
    const auto negative = writer.tensor("negative", shape);
    const auto scaled = writer.tensor("scaled", shape);
    const auto out = writer.tensor("out", shape);
    std::vector<float> factor = slope.values;
    writer.op(TfliteCode::kRelu, {in}, positive);
    if (by_abs) {
      for (float& value : factor) value /= 2;
      const auto abs = writer.tensor("abs", shape);
      writer.op(TfliteCode::kAbs, {in}, abs);
      writer.op(TfliteCode::kSub, {in, abs}, negative);
    } else {
      const auto flipped = writer.tensor("flipped", shape);
      const auto cut = writer.tensor("cut", shape);
      writer.op(TfliteCode::kNeg, {in}, flipped);
      writer.op(TfliteCode::kRelu, {flipped}, cut);
      writer.op(TfliteCode::kNeg, {cut}, negative);
    }
    writer.op(TfliteCode::kMul, {writer.tensor("slope", {4}, factor), negative}, scaled);
    writer.op(TfliteCode::kAdd, {positive, scaled}, out);
    const auto file = model::read_tflite(writer.finish({in}, {out}), "test.tflite");
    const auto onnx = model::translate_tflite(file);
    ASSERT_EQ(onnx->graph().node_size(), 1);
    EXPECT_EQ(onnx->graph().node(0).op_type(), "PRelu");
    expect_same(to_nhwc(run_onnx(*onnx, to_nchw(input))[0]), plain_prelu(input, slope.values), 1e-6F);
  }
}

TEST(TfliteUnit, PreluOperator) {
  const FloatArray input = batch_of_two({1, 2, 3, 4});
  const FloatArray slope = noise({1, 1, 4}, 9);
  TfliteWriter writer;
  const auto in = writer.tensor("in", one_of(input));
  const auto out = writer.tensor("out", one_of(input));
  writer.op(TfliteCode::kPrelu, {in, writer.tensor("slope", {1, 1, 4}, slope.values)}, out);
  expect_pictures(writer, in, out, input, plain_prelu(input, slope.values));
}

// MTCNN's files spell the softmax: exp(x - max) / sum.
TEST(TfliteUnit, SoftmaxWholeAndInPieces) {
  const FloatArray input = batch_of_two({1, 3, 5, 2});
  {
    TfliteWriter writer;
    const auto in = writer.tensor("in", one_of(input));
    const auto out = writer.tensor("out", one_of(input));
    writer.op(TfliteCode::kSoftmax, {in}, out);
    expect_pictures(writer, in, out, input, plain_softmax(input));
  }
  TfliteWriter writer;
  const auto in = writer.tensor("in", one_of(input));
  const auto most = writer.tensor("most", {1, 3, 5, 1});
  const auto shifted = writer.tensor("shifted", one_of(input));
  const auto power = writer.tensor("power", one_of(input));
  const auto sum = writer.tensor("sum", {1, 3, 5, 1});
  const auto out = writer.tensor("out", one_of(input));
  writer.reduce(TfliteCode::kReduceMax, {in, writer.integers("axis", {-1})}, most, true);
  writer.op(TfliteCode::kSub, {in, most}, shifted);
  writer.op(TfliteCode::kExp, {shifted}, power);
  writer.reduce(TfliteCode::kSum, {power, writer.integers("axis2", {3})}, sum, true);
  writer.op(TfliteCode::kDiv, {power, sum}, out);
  expect_pictures(writer, in, out, input, plain_softmax(input));
}

TEST(TfliteUnit, SumOverThePictureDropsItsAxes) {
  const FloatArray input = batch_of_two({1, 3, 5, 2});
  FloatArray expected{{2, 2}, std::vector<float>(4)};
  for (std::size_t i = 0; i < input.values.size(); ++i)
    expected.values[i / 30 * 2 + i % 2] += input.values[i];
  TfliteWriter writer;
  const auto in = writer.tensor("in", one_of(input));
  const auto out = writer.tensor("out", {1, 2});
  writer.reduce(TfliteCode::kSum, {in, writer.integers("axes", {1, 2})}, out, false);
  expect_pictures(writer, in, out, input, expected);
}

TEST(TfliteUnit, ReshapeKeepsTheFilesOrderOfValues) {
  const FloatArray input = batch_of_two({1, 3, 4, 2});
  for (const std::vector<std::int64_t>& target : {std::vector<std::int64_t>{2, 24}, {2, 4, 2, 3}}) {
    FloatArray expected = input;
    expected.shape = target;
    TfliteWriter writer;
    const auto in = writer.tensor("in", one_of(input));
    const auto out = writer.tensor("out", one_of(expected));
    writer.op(TfliteCode::kReshape, {in}, out);
    expect_pictures(writer, in, out, input, expected);
  }
}

TEST(TfliteUnit, AnOperatorThatIsNotTranslatedIsNamed) {
  TfliteWriter writer;
  const auto in = writer.tensor("in", {1, 2, 2, 2});
  const auto out = writer.tensor("out", {1, 2, 2, 2});
  writer.op(static_cast<TfliteCode>(14), {in}, out);
  const auto file = model::read_tflite(writer.finish({in}, {out}), "odd.tflite");
  try {
    model::translate_tflite(file);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUnsupported);
    EXPECT_NE(std::string(e.what()).find("operator 14"), std::string::npos);
  }
}

}  // namespace
}  // namespace kith::test

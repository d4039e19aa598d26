// Writes small TensorFlow Lite files for tests.
#pragma once

#include <tflite_generated.h>

#include <string>
#include <vector>

#include "model/import/tflite_file.h"

namespace kith::test {

class TfliteWriter {
 public:
  using Indexes = std::vector<std::int32_t>;

  TfliteWriter() { buffers_.push_back(model::tfl::CreateBuffer(builder_)); }

  /// @param values  of a constant; none for what the network computes.
  std::int32_t tensor(const std::string& name, const std::vector<std::int32_t>& shape,
                      const std::vector<float>& values = {}) {
    return add(name, shape, 0, values.data(), values.size() * sizeof(float));
  }
  std::int32_t integers(const std::string& name, const std::vector<std::int32_t>& values) {
    return add(name, {static_cast<std::int32_t>(values.size())}, 2, values.data(),
               values.size() * sizeof(std::int32_t));
  }

  void op(model::TfliteCode code, const Indexes& inputs, std::int32_t output) {
    add_op(code, inputs, output, model::tfl::Options_NONE, 0);
  }
  void conv(const Indexes& inputs, std::int32_t output, bool same, int stride, int dilation = 1,
            int activation = 0) {
    const auto options = model::tfl::CreateConv2DOptions(
        builder_, same ? 0 : 1, stride, stride, static_cast<std::int8_t>(activation), dilation, dilation);
    add_op(model::TfliteCode::kConv2d, inputs, output, model::tfl::Options_Conv2DOptions, options.Union());
  }
  void depthwise(const Indexes& inputs, std::int32_t output, bool same, int stride, int multiplier) {
    const auto options =
        model::tfl::CreateDepthwiseConv2DOptions(builder_, same ? 0 : 1, stride, stride, multiplier);
    add_op(model::TfliteCode::kDepthwiseConv2d, inputs, output, model::tfl::Options_DepthwiseConv2DOptions,
           options.Union());
  }
  void pool(model::TfliteCode code, std::int32_t input, std::int32_t output, bool same, int stride,
            int filter) {
    const auto options =
        model::tfl::CreatePool2DOptions(builder_, same ? 0 : 1, stride, stride, filter, filter);
    add_op(code, {input}, output, model::tfl::Options_Pool2DOptions, options.Union());
  }
  void reduce(model::TfliteCode code, const Indexes& inputs, std::int32_t output, bool keep) {
    const auto options = model::tfl::CreateReducerOptions(builder_, keep);
    add_op(code, inputs, output, model::tfl::Options_ReducerOptions, options.Union());
  }
  void dense(const Indexes& inputs, std::int32_t output, int activation = 0) {
    const auto options =
        model::tfl::CreateFullyConnectedOptions(builder_, static_cast<std::int8_t>(activation));
    add_op(model::TfliteCode::kFullyConnected, inputs, output, model::tfl::Options_FullyConnectedOptions,
           options.Union());
  }

  std::string finish(const Indexes& inputs, const Indexes& outputs) {
    namespace tfl = model::tfl;
    const auto graph =
        tfl::CreateSubGraph(builder_, builder_.CreateVector(tensors_), builder_.CreateVector(inputs),
                            builder_.CreateVector(outputs), builder_.CreateVector(operators_));
    const auto root = tfl::CreateModel(builder_, 3, builder_.CreateVector(codes_),
                                       builder_.CreateVector(&graph, 1), 0, builder_.CreateVector(buffers_));
    tfl::FinishModelBuffer(builder_, root);
    return {reinterpret_cast<const char*>(builder_.GetBufferPointer()), builder_.GetSize()};
  }

 private:
  std::int32_t add(const std::string& name, const std::vector<std::int32_t>& shape, std::int8_t type,
                   const void* data, std::size_t size) {
    std::uint32_t buffer = 0;
    if (size > 0) {
      const auto bytes = builder_.CreateVector(static_cast<const std::uint8_t*>(data), size);
      buffer = static_cast<std::uint32_t>(buffers_.size());
      buffers_.push_back(model::tfl::CreateBuffer(builder_, bytes));
    }
    const auto dims = builder_.CreateVector(shape);
    tensors_.push_back(model::tfl::CreateTensor(builder_, dims, type, buffer, builder_.CreateString(name)));
    return static_cast<std::int32_t>(tensors_.size()) - 1;
  }

  void add_op(model::TfliteCode code, const Indexes& inputs, std::int32_t output, model::tfl::Options type,
              flatbuffers::Offset<void> options) {
    codes_.push_back(model::tfl::CreateOperatorCode(builder_, static_cast<std::int8_t>(code)));
    const auto in = builder_.CreateVector(inputs);
    const auto out = builder_.CreateVector(&output, 1);
    operators_.push_back(model::tfl::CreateOperator(builder_, static_cast<std::uint32_t>(codes_.size()) - 1,
                                                    in, out, type, options));
  }

  flatbuffers::FlatBufferBuilder builder_;
  std::vector<flatbuffers::Offset<model::tfl::Buffer>> buffers_;
  std::vector<flatbuffers::Offset<model::tfl::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<model::tfl::OperatorCode>> codes_;
  std::vector<flatbuffers::Offset<model::tfl::Operator>> operators_;
};

}  // namespace kith::test

// Plain tensors and the slow, obvious operators that importers are tested against. NHWC, as TensorFlow has
// it.
#pragma once

#include <onnx/onnx_pb.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "model/import/array.h"
#include "model/runtime_impl.h"

namespace kith::test {

using model::FloatArray;

inline std::size_t count(const std::vector<std::int64_t>& shape) {
  std::size_t n = 1;
  for (const std::int64_t length : shape) n *= static_cast<std::size_t>(length);
  return n;
}

/// Numbers in [-1, 1) that look random and are the same everywhere.
inline FloatArray noise(const std::vector<std::int64_t>& shape, std::uint32_t seed) {
  FloatArray array{shape, std::vector<float>(count(shape))};
  std::uint32_t state = seed * 2654435761U + 1;
  for (float& value : array.values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<float>(state >> 8U) / 8388608.0F - 1.0F;
  }
  return array;
}

inline float at(const FloatArray& a, std::int64_t n, std::int64_t y, std::int64_t x, std::int64_t c) {
  return a.values[static_cast<std::size_t>(((n * a.shape[1] + y) * a.shape[2] + x) * a.shape[3] + c)];
}

struct Sliding {
  int kernel_h, kernel_w, stride = 1, dilation = 1;
  bool same = false;
};

/// Calls `cell(n, y0, x0)` for each output cell in order; y0, x0 is where its window starts in the input.
inline std::vector<std::int64_t> slide(
    const FloatArray& in, const Sliding& s,
    const std::function<void(std::int64_t, std::int64_t, std::int64_t)>& cell) {
  const auto outputs = [&](std::int64_t length, int kernel) {
    const std::int64_t reach = std::int64_t{kernel - 1} * s.dilation + 1;
    return s.same ? (length + s.stride - 1) / s.stride : (length - reach) / s.stride + 1;
  };
  const auto before = [&](std::int64_t length, int kernel) {
    const std::int64_t reach = std::int64_t{kernel - 1} * s.dilation + 1;
    return s.same ? std::max<std::int64_t>(0, (outputs(length, kernel) - 1) * s.stride + reach - length) / 2
                  : 0;
  };
  const std::int64_t rows = outputs(in.shape[1], s.kernel_h);
  const std::int64_t cols = outputs(in.shape[2], s.kernel_w);
  for (std::int64_t n = 0; n < in.shape[0]; ++n) {
    for (std::int64_t y = 0; y < rows; ++y) {
      for (std::int64_t x = 0; x < cols; ++x) {
        cell(n, y * s.stride - before(in.shape[1], s.kernel_h),
             x * s.stride - before(in.shape[2], s.kernel_w));
      }
    }
  }
  return {in.shape[0], rows, cols};
}

inline bool inside(const FloatArray& in, std::int64_t y, std::int64_t x) {
  return y >= 0 && x >= 0 && y < in.shape[1] && x < in.shape[2];
}

/// Kernel OHWI, or 1HWO with depthwise.
inline FloatArray plain_conv(const FloatArray& in, const FloatArray& kernel, const std::vector<float>& bias,
                             Sliding s, bool depthwise = false) {
  s.kernel_h = static_cast<int>(kernel.shape[1]);
  s.kernel_w = static_cast<int>(kernel.shape[2]);
  const std::int64_t outputs = depthwise ? kernel.shape[3] : kernel.shape[0];
  const std::int64_t channels = in.shape[3];
  FloatArray out;
  out.shape = slide(in, s, [&](std::int64_t n, std::int64_t y0, std::int64_t x0) {
    for (std::int64_t o = 0; o < outputs; ++o) {
      double sum = bias.empty() ? 0 : bias[static_cast<std::size_t>(o)];
      for (std::int64_t ky = 0; ky < s.kernel_h; ++ky) {
        for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
          const std::int64_t y = y0 + ky * s.dilation;
          const std::int64_t x = x0 + kx * s.dilation;
          if (!inside(in, y, x)) continue;
          if (depthwise) {
            sum += double{at(in, n, y, x, o / (outputs / channels))} * at(kernel, 0, ky, kx, o);
          } else {
            for (std::int64_t c = 0; c < channels; ++c)
              sum += double{at(in, n, y, x, c)} * at(kernel, o, ky, kx, c);
          }
        }
      }
      out.values.push_back(static_cast<float>(sum));
    }
  });
  out.shape.push_back(outputs);
  return out;
}

/// Windows hang over the border with `same`; only pixels inside count.
inline FloatArray plain_pool(const FloatArray& in, const Sliding& s, bool average) {
  FloatArray out;
  out.shape = slide(in, s, [&](std::int64_t n, std::int64_t y0, std::int64_t x0) {
    for (std::int64_t c = 0; c < in.shape[3]; ++c) {
      double sum = 0;
      int cells = 0;
      float most = -1e30F;
      for (std::int64_t y = y0; y < y0 + s.kernel_h; ++y) {
        for (std::int64_t x = x0; x < x0 + s.kernel_w; ++x) {
          if (!inside(in, y, x)) continue;
          sum += at(in, n, y, x, c);
          most = std::max(most, at(in, n, y, x, c));
          ++cells;
        }
      }
      out.values.push_back(average ? static_cast<float>(sum / cells) : most);
    }
  });
  out.shape.push_back(in.shape[3]);
  return out;
}

/// weights: outputs x inputs.
inline FloatArray plain_dense(const FloatArray& in, const FloatArray& weights,
                              const std::vector<float>& bias) {
  const std::size_t inputs = static_cast<std::size_t>(weights.shape[1]);
  const std::size_t rows = in.values.size() / inputs;
  FloatArray out{{static_cast<std::int64_t>(rows), weights.shape[0]}, {}};
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t o = 0; o < static_cast<std::size_t>(weights.shape[0]); ++o) {
      double sum = bias.empty() ? 0 : bias[o];
      for (std::size_t i = 0; i < inputs; ++i)
        sum += double{in.values[r * inputs + i]} * weights.values[o * inputs + i];
      out.values.push_back(static_cast<float>(sum));
    }
  }
  return out;
}

/// max(x, 0) + slope * min(x, 0), the slope by the last axis.
inline FloatArray plain_prelu(FloatArray in, const std::vector<float>& slope) {
  for (std::size_t i = 0; i < in.values.size(); ++i) {
    if (in.values[i] < 0) in.values[i] *= slope[i % slope.size()];
  }
  return in;
}

inline FloatArray plain_map(FloatArray in, const std::function<float(float)>& f) {
  for (float& value : in.values) value = f(value);
  return in;
}

/// Over the last axis.
inline FloatArray plain_softmax(FloatArray in) {
  const auto length = static_cast<std::size_t>(in.shape.back());
  for (std::size_t i = 0; i < in.values.size(); i += length) {
    double sum = 0;
    for (std::size_t k = 0; k < length; ++k) sum += std::exp(double{in.values[i + k]});
    for (std::size_t k = 0; k < length; ++k)
      in.values[i + k] = static_cast<float>(std::exp(double{in.values[i + k]}) / sum);
  }
  return in;
}

inline FloatArray to_nchw(const FloatArray& nhwc) { return permute(nhwc, {0, 3, 1, 2}); }
inline FloatArray to_nhwc(const FloatArray& nchw) { return permute(nchw, {0, 2, 3, 1}); }

/// Runs an ONNX model by the bare runtime. Every output, in the graph's order.
inline std::vector<FloatArray> run_onnx(const onnx::ModelProto& model, const FloatArray& input) {
  static const Ort::Env env = model::make_env(1);
  const std::string bytes = model.SerializeAsString();
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  Ort::Session session(env, bytes.data(), bytes.size(), options);
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const Ort::Value value =
      Ort::Value::CreateTensor<float>(memory, const_cast<float*>(input.values.data()), input.values.size(),
                                      input.shape.data(), input.shape.size());
  const char* name = model.graph().input(0).name().c_str();
  std::vector<const char*> outputs;
  for (const auto& output : model.graph().output()) outputs.push_back(output.name().c_str());
  std::vector<FloatArray> results;
  for (Ort::Value& result :
       session.Run(Ort::RunOptions{nullptr}, &name, &value, 1, outputs.data(), outputs.size())) {
    const auto info = result.GetTensorTypeAndShapeInfo();
    const float* data = result.GetTensorData<float>();
    results.push_back({info.GetShape(), {data, data + info.GetElementCount()}});
  }
  return results;
}

}  // namespace kith::test

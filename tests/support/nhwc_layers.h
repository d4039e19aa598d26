// Layers as TensorFlow defines them, in plain loops over height x width x channels: what imported networks
// are checked against.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace kith::test {

/// Row-major numbers of a TensorFlow variable.
struct Array {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

struct FeatureMap {
  int height = 0, width = 0, channels = 0;
  std::vector<float> values;  // ((y * width) + x) * channels + c

  FeatureMap() = default;
  FeatureMap(int h, int w, int c)
      : height(h), width(w), channels(c), values(static_cast<std::size_t>(h) * w * c) {}
  float* at(int y, int x) { return values.data() + (static_cast<std::size_t>(y) * width + x) * channels; }
  const float* at(int y, int x) const {
    return values.data() + (static_cast<std::size_t>(y) * width + x) * channels;
  }
};

/// Where a window of one axis starts and how many fit. SAME: ceil(in / stride) windows, the padding split
/// with the odd cell at the end; VALID: only whole windows.
struct Axis {
  int count = 0, start = 0;
  Axis(int in, int kernel, int stride, bool same) {
    count = same ? (in + stride - 1) / stride : (in - kernel) / stride + 1;
    start = same ? -(std::max((count - 1) * stride + kernel - in, 0) / 2) : 0;
  }
};

/// @param kernel  height x width x in x out.
inline FeatureMap naive_conv(const FeatureMap& x, const Array& kernel, int stride, bool same) {
  const int kh = static_cast<int>(kernel.shape[0]), kw = static_cast<int>(kernel.shape[1]);
  const int out = static_cast<int>(kernel.shape[3]);
  const Axis rows(x.height, kh, stride, same), columns(x.width, kw, stride, same);
  FeatureMap y(rows.count, columns.count, out);
  std::vector<double> sum(static_cast<std::size_t>(out));
  for (int r = 0; r < y.height; ++r) {
    for (int c = 0; c < y.width; ++c) {
      std::fill(sum.begin(), sum.end(), 0.0);
      for (int i = 0; i < kh; ++i) {
        for (int j = 0; j < kw; ++j) {
          const int py = r * stride + rows.start + i, px = c * stride + columns.start + j;
          if (py < 0 || py >= x.height || px < 0 || px >= x.width) continue;
          const float* pixel = x.at(py, px);
          const float* weights =
              kernel.values.data() + static_cast<std::size_t>(i * kw + j) * x.channels * out;
          for (int k = 0; k < x.channels; ++k, weights += out) {
            const double value = pixel[k];
            for (int o = 0; o < out; ++o) sum[static_cast<std::size_t>(o)] += value * weights[o];
          }
        }
      }
      for (int o = 0; o < out; ++o) y.at(r, c)[o] = static_cast<float>(sum[static_cast<std::size_t>(o)]);
    }
  }
  return y;
}

/// Cells outside the picture do not take part.
inline FeatureMap naive_max_pool(const FeatureMap& x, int kernel, int stride, bool same) {
  const Axis rows(x.height, kernel, stride, same), columns(x.width, kernel, stride, same);
  FeatureMap y(rows.count, columns.count, x.channels);
  for (int r = 0; r < y.height; ++r) {
    for (int c = 0; c < y.width; ++c) {
      for (int k = 0; k < x.channels; ++k) {
        float largest = -1e30F;
        for (int i = 0; i < kernel; ++i) {
          for (int j = 0; j < kernel; ++j) {
            const int py = r * stride + rows.start + i, px = c * stride + columns.start + j;
            if (py < 0 || py >= x.height || px < 0 || px >= x.width) continue;
            largest = std::max(largest, x.at(py, px)[k]);
          }
        }
        y.at(r, c)[k] = largest;
      }
    }
  }
  return y;
}

inline FeatureMap naive_concat(const std::vector<FeatureMap>& xs) {
  int channels = 0;
  for (const FeatureMap& x : xs) channels += x.channels;
  FeatureMap y(xs[0].height, xs[0].width, channels);
  for (int r = 0; r < y.height; ++r) {
    for (int c = 0; c < y.width; ++c) {
      float* out = y.at(r, c);
      for (const FeatureMap& x : xs) out = std::copy_n(x.at(r, c), x.channels, out);
    }
  }
  return y;
}

}  // namespace kith::test

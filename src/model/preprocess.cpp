#include "model/preprocess.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace kith::model {
namespace {

struct ChannelAffine {
  float scale, offset;  // y = x * scale + offset
};

ChannelAffine standardise(const cv::Mat& image, const Standardisation& spec) {
  double mean = spec.mean;
  double scale = spec.scale;
  if (spec.kind == Standardisation::Kind::kPerImage) {
    // davidsandberg/facenet src/facenet.py prewhiten: one mean and deviation over all pixels and channels.
    cv::Scalar m;
    cv::Scalar s;
    cv::meanStdDev(image.reshape(1), m, s);
    mean = m[0];
    scale = 1.0 / std::max(s[0], 1.0 / std::sqrt(static_cast<double>(image.total() * image.channels())));
  }
  return {static_cast<float>(scale), static_cast<float>(-mean * scale)};
}

template <typename Value>
void write_planes(const cv::Mat& image, ChannelAffine affine, bool rgb, float* out) {
  const int channels = image.channels();
  const std::size_t plane = image.total();
  for (int y = 0; y < image.rows; ++y) {
    const Value* row = image.ptr<Value>(y);
    for (int c = 0; c < channels; ++c) {
      const Value* source = row + (rgb ? channels - 1 - c : c);
      float* target = out + static_cast<std::size_t>(c) * plane + static_cast<std::size_t>(y) * image.cols;
      for (int x = 0; x < image.cols; ++x)
        target[x] = static_cast<float>(source[x * channels]) * affine.scale + affine.offset;
    }
  }
}

template <typename Value>
void write_interleaved(const cv::Mat& image, ChannelAffine affine, bool rgb, float* out) {
  const int channels = image.channels();
  for (int y = 0; y < image.rows; ++y) {
    const Value* row = image.ptr<Value>(y);
    for (int x = 0; x < image.cols; ++x, row += channels, out += channels) {
      for (int c = 0; c < channels; ++c) {
        out[c] = static_cast<float>(row[rgb ? channels - 1 - c : c]) * affine.scale + affine.offset;
      }
    }
  }
}

}  // namespace

std::vector<std::int64_t> to_tensor(std::span<const cv::Mat> images, const InputSpec& spec,
                                    std::vector<float>& out) {
  const std::int64_t channels = spec.channels == ChannelOrder::kGrey ? 1 : 3;
  const std::int64_t rows = images.empty() ? 0 : images.front().rows;
  const std::int64_t cols = images.empty() ? 0 : images.front().cols;
  out.resize(images.size() * static_cast<std::size_t>(channels * rows * cols));
  float* target = out.data();
  for (const cv::Mat& image : images) {
    cv::Mat grey;
    if (channels == 1) cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
    const cv::Mat& source = channels == 1 ? grey : image;
    const ChannelAffine affine = standardise(source, spec.standardisation);
    const bool rgb = spec.channels == ChannelOrder::kRgb;
    const bool planes = spec.layout == Layout::kNchw;
    if (source.depth() == CV_32F) {
      planes ? write_planes<float>(source, affine, rgb, target)
             : write_interleaved<float>(source, affine, rgb, target);
    } else {
      planes ? write_planes<std::uint8_t>(source, affine, rgb, target)
             : write_interleaved<std::uint8_t>(source, affine, rgb, target);
    }
    target += channels * rows * cols;
  }
  const auto n = static_cast<std::int64_t>(images.size());
  if (spec.layout == Layout::kNchw) return {n, channels, rows, cols};
  return {n, rows, cols, channels};
}

}  // namespace kith::model

// FrameConverter: a decoded video frame in whatever pixel format -> an upright 8-bit BGR picture with square
// pixels.
#pragma once

#include <memory>
#include <opencv2/core.hpp>

#include "media/turn.h"

struct AVFrame;
struct AVStream;
struct SwsContext;

namespace kith {

/// Not thread-safe; keeps its scaler between frames.
class FrameConverter {
 public:
  /// @param stream  for its display matrix.
  explicit FrameConverter(const AVStream& stream);
  ~FrameConverter();
  FrameConverter(FrameConverter&&) noexcept;

  /// The size of upright pictures from frames of this coded size and pixel aspect.
  cv::Size upright_size(int width, int height, double pixel_aspect) const;
  /// @return CV_8UC3 BGR. @throws Error kUnsupported for a pixel format that cannot be converted.
  cv::Mat convert(const AVFrame& frame);

 private:
  struct FreeScaler {
    void operator()(SwsContext* scaler) const;
  };
  struct Layout {
    int width = 0, height = 0, format = 0;
    cv::Size size;
    int matrix = 0;
    bool full_range = false;
    bool operator==(const Layout&) const = default;
  };
  void prepare(const AVFrame& frame, cv::Size size);
  std::unique_ptr<SwsContext, FreeScaler> scaler_;
  Layout layout_;  // what scaler_ was made for
  Turn turn_;
};

}  // namespace kith

// YuNet: Wu, Peng, Yu 2023, doi:10.1007/s11633-023-1423-y. Decoding: OpenCV
// modules/objdetect/src/face_detect.cpp.
#include <algorithm>
#include <cmath>

#include "face/detector_kinds.h"
#include "face/single_shot.h"

namespace kith {
namespace {

// The outputs, in this order: class scores, objectness, boxes, points, each at strides 8, 16, 32.
class YuNet final : public SingleShotDetector {
 public:
  YuNet(std::shared_ptr<const model::Network> network, const DetectorOptions& options)
      : SingleShotDetector(std::move(network), options, {1, {1, 1, 4, 10}, 0.7F, 0.3F}) {
    check();
  }

 private:
  float score(const Cell& cell) const override {
    return std::sqrt(std::clamp(cell.values[0][0], 0.0F, 1.0F) * std::clamp(cell.values[1][0], 0.0F, 1.0F));
  }

  // The middle as an offset from the cell's corner and the logarithm of the size, in cells; the points
  // likewise.
  Face decode(const Cell& cell, float score) const override {
    const float* b = cell.values[2];
    const float* p = cell.values[3];
    const auto px = [&](float x, float y) {
      return cv::Point2f((cell.x + x) * cell.stride, (cell.y + y) * cell.stride);
    };
    const float w = std::exp(b[2]) / 2;
    const float h = std::exp(b[3]) / 2;
    Face face{cv::Rect2f(px(b[0] - w, b[1] - h), px(b[0] + w, b[1] + h)), score, {}};
    for (std::size_t i = 0; i < face.landmarks.size(); ++i) face.landmarks[i] = px(p[2 * i], p[2 * i + 1]);
    return face;
  }
};

}  // namespace

std::unique_ptr<Detector> make_yunet(std::shared_ptr<const model::Network> network,
                                     const DetectorOptions& options) {
  return std::make_unique<YuNet>(std::move(network), options);
}

}  // namespace kith

// SCRFD: Guo et al. 2021, arXiv:2105.04714. Decoding and defaults: insightface
// detection/scrfd/tools/scrfd.py.
#include "face/detector_kinds.h"
#include "face/single_shot.h"

namespace kith {
namespace {

// The outputs, in this order: scores, boxes, points, each at strides 8, 16, 32.
class Scrfd final : public SingleShotDetector {
 public:
  Scrfd(std::shared_ptr<const model::Network> network, const DetectorOptions& options)
      : SingleShotDetector(std::move(network), options, {2, {1, 4, 10}, 0.5F, 0.4F}) {
    check();
  }

 private:
  float score(const Cell& cell) const override { return cell.values[0][0]; }

  // Distances from the cell's corner to the four sides, and offsets of the points, in cells.
  Face decode(const Cell& cell, float score) const override {
    const float* d = cell.values[1];
    const float* p = cell.values[2];
    const auto px = [&](float x, float y) {
      return cv::Point2f((cell.x + x) * cell.stride, (cell.y + y) * cell.stride);
    };
    Face face{cv::Rect2f(px(-d[0], -d[1]), px(d[2], d[3])), score, {}};
    for (std::size_t i = 0; i < face.landmarks.size(); ++i) face.landmarks[i] = px(p[2 * i], p[2 * i + 1]);
    return face;
  }
};

}  // namespace

std::unique_ptr<Detector> make_scrfd(std::shared_ptr<const model::Network> network,
                                     const DetectorOptions& options) {
  return std::make_unique<Scrfd>(std::move(network), options);
}

}  // namespace kith

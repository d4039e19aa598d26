// MTCNN's second and third network: judge the boxes that the network before proposed.
#pragma once

#include <array>
#include <memory>
#include <opencv2/core.hpp>
#include <span>
#include <string>
#include <vector>

#include "face/nms.h"
#include "model/network.h"

namespace kith {

/// What R-Net or O-Net says about a box that it takes for a face.
struct MtcnnVerdict {
  ScoredBox box;                   // as given, with the network's score
  std::array<float, 4> offsets{};  // of x1, y1, x2, y2, in parts of the box's sides
  std::array<float, 10> points{};  // O-Net: five x, then five y, in parts of the box's sides
};

/// R-Net or O-Net over all boxes of a picture, in batches. judge() may be called from several threads at
/// once.
class MtcnnCrops {
 public:
  /// @param network  of kind mtcnn, whose outputs were checked at loading (model/output_check.h).
  /// @param graph    name in the contract. @param side  px, of the crops that it sees.
  MtcnnCrops(std::shared_ptr<const model::Network> network, const std::string& graph, int side);

  /// @param image  CV_8UC3 BGR.
  /// @param boxes  whole numbers; parts outside the picture are black, boxes wholly outside are no faces.
  /// @return those that score above the threshold, in the order given.
  std::vector<MtcnnVerdict> judge(const cv::Mat& image, std::span<const ScoredBox> boxes,
                                  float threshold) const;

 private:
  std::vector<MtcnnVerdict> judge_batch(const cv::Mat& image, std::span<const ScoredBox> boxes,
                                        float threshold) const;

  std::shared_ptr<const model::Network> network_;
  std::size_t graph_;
  int side_;
};

}  // namespace kith

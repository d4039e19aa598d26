// MTCNN as plain loops over plain arrays, written from the published description (davidsandberg/facenet
// src/align/detect_face.py), to compare the fast one with. Slow and obvious on purpose.
#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "model/import/array.h"

namespace kith::test {

struct SlowFace {
  std::array<double, 4> box{};  // x1 y1 x2 y2
  double score = 0;
  std::array<double, 10> points{};  // five x, five y
};

/// How many boxes each stage left.
struct SlowCounts {
  std::size_t proposed = 0, refined = 0;
};

/// The weights as published: "conv1/weights" (HWIO, for transposed pictures), "conv1/biases", "PReLU1/alpha",
/// ...
struct SlowMtcnn {
  model::Weights pnet, rnet, onet;
  /// @param image  CV_8UC3 BGR.
  std::vector<SlowFace> detect(const cv::Mat& image, double min_face, SlowCounts* counts = nullptr) const;
};

/// The mean of the area that each result pixel covers. @param round  to whole numbers, half to even.
cv::Mat slow_shrink(const cv::Mat& image, cv::Size size, bool round);

/// Indices of the boxes (x1 y1 x2 y2) that survive, best first; sides count 1 px more than their difference.
std::vector<std::size_t> slow_nms(const std::vector<std::array<double, 4>>& boxes,
                                  const std::vector<double>& scores, double threshold, bool over_smaller);

}  // namespace kith::test

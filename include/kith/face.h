// Face, Chip, Embedding: the values that travel along the pipeline (pipeline.h).
#pragma once

#include <kith/export.h>

#include <array>
#include <opencv2/core.hpp>
#include <vector>

namespace kith {

/// Left eye, right eye, nose tip, left mouth corner, right mouth corner; left means image side, of a face that is upright.
/// Pixels of the source frame; pixel centres lie at integer coordinates.
using Landmarks5 = std::array<cv::Point2f, 5>;

/// One detected face.
struct Face {
  cv::Rect2f box;   // pixels of the source frame; a Detector's may reach beyond its border, Stages' do not
  float score = 0;  // the detector's, [0, 1], larger is surer
  Landmarks5 landmarks;   // the detector's five points, or the refined ones (landmarks.h)
  float probability = 1;  // of being a face, [0, 1] (docs/accuracy.md, "Is it a face?"); 1 where nobody asked
  bool cut = false;       // the detector's box reached beyond the border: a part of the face may be missing
};

/// An aligned face crop, CV_8UC3 BGR, of the size that the embedder's contract states.
using Chip = cv::Mat;

/// A unit vector: its dot product with another is their cosine similarity, [-1, 1], larger is closer.
using Embedding = std::vector<float>;

/// Dot product; the cosine similarity of two unit vectors. Both must have the same size.
KITH_EXPORT float similarity(const Embedding& a, const Embedding& b);
/// The vector divided by its L2 norm; a zero vector stays zero.
KITH_EXPORT void normalise(Embedding& vector);

/// Intersection over union of two boxes, [0, 1]; 0 where either is empty.
inline float iou(const cv::Rect2f& a, const cv::Rect2f& b) {
  const float both = (a & b).area();
  const float either = a.area() + b.area() - both;
  return either > 0 ? both / either : 0.0F;
}

}  // namespace kith

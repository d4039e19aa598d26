// Non-maximum suppression: of boxes that overlap, the best stays.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kith {

/// Corners in pixels.
struct ScoredBox {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  float score = 0;  // larger is better
};

/// What the shared area of two boxes is measured against.
enum class Overlap {
  kUnion,  // the area of both together: intersection over union
  kMin,    // the smaller box's area: also suppresses a box inside another
};

/// A box survives unless it overlaps a better survivor by more than the threshold. A side is x2 - x1 + 1 px
/// long, as MTCNN counts (davidsandberg/facenet src/align/detect_face.py). Any number of boxes.
/// @return indices of the survivors by descending score; among equals the lower index is the better.
std::vector<std::size_t> nms(std::span<const ScoredBox> boxes, double threshold, Overlap overlap);

}  // namespace kith

#include "face/mtcnn.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>

#include "face/detector_kinds.h"

namespace kith {
namespace {

// davidsandberg/facenet src/align/align_dataset_mtcnn.py and detect_face.py
constexpr float kRefineThreshold = 0.7F;
constexpr float kOutputThreshold = 0.7F;
constexpr double kLastOverlap = 0.7;  // of the non-maximum suppression after each of the last stages

// The box moved by a network's offsets, which are parts of its sides.
ScoredBox shifted(const ScoredBox& box, const std::array<float, 4>& offsets, double extent) {
  const double w = box.x2 - box.x1 + extent;
  const double h = box.y2 - box.y1 + extent;
  return {box.x1 + offsets[0] * w, box.y1 + offsets[1] * h, box.x2 + offsets[2] * w, box.y2 + offsets[3] * h,
          box.score};
}

// The square around the box's centre with its longer side.
ScoredBox squared(const ScoredBox& box) {
  const double w = box.x2 - box.x1;
  const double h = box.y2 - box.y1;
  const double side = std::max(w, h);
  const double x1 = box.x1 + w / 2 - side / 2;
  const double y1 = box.y1 + h / 2 - side / 2;
  return {x1, y1, x1 + side, y1 + side, box.score};
}

ScoredBox truncated(const ScoredBox& box) {
  return {std::trunc(box.x1), std::trunc(box.y1), std::trunc(box.x2), std::trunc(box.y2), box.score};
}

Landmarks5 landmarks_of(const ScoredBox& box, const std::array<float, 10>& points) {
  const double w = box.x2 - box.x1 + 1;
  const double h = box.y2 - box.y1 + 1;
  Landmarks5 landmarks;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    landmarks[i] = {static_cast<float>(w * points[i] + box.x1 - 1),
                    static_cast<float>(h * points[i + 5] + box.y1 - 1)};
  }
  return landmarks;
}

cv::Rect2f rect_of(const ScoredBox& box) {
  return {cv::Point2f(static_cast<float>(box.x1), static_cast<float>(box.y1)),
          cv::Point2f(static_cast<float>(box.x2), static_cast<float>(box.y2))};
}

}  // namespace

Mtcnn::Mtcnn(std::shared_ptr<const model::Network> network, const DetectorOptions& options)
    : Detector(options.min_face_px),
      proposals_(network),
      refine_(network, "rnet", 24),
      output_(network, "onet", 48),
      min_score_(options.min_score) {}

std::vector<Face> Mtcnn::find(const cv::Mat& image, int min_face_px) const {
  return output(image, refine(image, propose(image, min_face_px)));
}

std::vector<ScoredBox> Mtcnn::propose(const cv::Mat& image, int min_face_px) const {
  const std::vector<MtcnnProposal> proposals = proposals_.find(image, min_face_px);
  std::vector<ScoredBox> boxes;
  boxes.reserve(proposals.size());
  for (const MtcnnProposal& p : proposals) boxes.push_back(p.box);
  std::vector<ScoredBox> kept;
  for (const std::size_t i : nms(boxes, kLastOverlap, Overlap::kUnion)) {
    kept.push_back(truncated(squared(shifted(boxes[i], proposals[i].offsets, 0))));
  }
  return kept;
}

std::vector<ScoredBox> Mtcnn::refine(const cv::Mat& image, std::span<const ScoredBox> boxes) const {
  std::vector<ScoredBox> faces;
  std::vector<std::array<float, 4>> offsets;
  for (const MtcnnVerdict& verdict : refine_.judge(image, boxes, kRefineThreshold)) {
    faces.push_back(verdict.box);
    offsets.push_back(verdict.offsets);
  }
  std::vector<ScoredBox> kept;
  for (const std::size_t i : nms(faces, kLastOverlap, Overlap::kUnion)) {
    kept.push_back(truncated(squared(shifted(faces[i], offsets[i], 1))));
  }
  return kept;
}

std::vector<Face> Mtcnn::output(const cv::Mat& image, std::span<const ScoredBox> boxes) const {
  const float threshold = min_score_ > 0 ? std::nextafter(min_score_, 0.0F) : kOutputThreshold;
  const std::vector<MtcnnVerdict> verdicts = output_.judge(image, boxes, threshold);
  std::vector<ScoredBox> faces;
  for (const MtcnnVerdict& verdict : verdicts) faces.push_back(shifted(verdict.box, verdict.offsets, 1));
  std::vector<Face> kept;
  for (const std::size_t i : nms(faces, kLastOverlap, Overlap::kMin)) {
    kept.push_back({rect_of(faces[i]), faces[i].score, landmarks_of(verdicts[i].box, verdicts[i].points)});
  }
  return kept;
}

std::unique_ptr<Detector> make_mtcnn(std::shared_ptr<const model::Network> network,
                                     const DetectorOptions& options) {
  return std::make_unique<Mtcnn>(std::move(network), options);
}

}  // namespace kith

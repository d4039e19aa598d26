#include "face/single_shot.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "model/preprocess.h"

namespace kith {
namespace {

// The coarsest grid: the networks need whole cells.
constexpr int kCoarsest = 32;
// A face of this many px is found 19 times in 20, one of 24 px 3 times in 4 (docs/accuracy.md, Detectors):
// the picture is shrunk or enlarged until the smallest wanted face is so large.
constexpr double kSmallestSeen_px = 32;
constexpr double kMostEnlarged = 2;
// Boxes are not exact: what is a little smaller than the smallest wanted face stays.
constexpr float kSizeSlack = 0.75F;
// Faces that fill a large picture are missed, but found in a small one: where the network sees more than
// kLongSeen_px, it sees the whole once more at kOverview_px.
constexpr int kLongSeen_px = 400;
constexpr int kOverview_px = 320;
// Bounds memory (some 300 MB): faces of less than min_face_px * sqrt(picture / 4 MP) may be missed in
// larger pictures.
constexpr double kMaxSeen_px2 = 4e6;

}  // namespace

std::vector<Face> suppress_overlaps(std::vector<Face> faces, float max_iou) {
  std::stable_sort(faces.begin(), faces.end(),
                   [](const Face& a, const Face& b) { return a.score > b.score; });
  std::vector<Face> kept;
  for (const Face& face : faces) {
    const bool fresh =
        std::none_of(kept.begin(), kept.end(), [&](const Face& k) { return iou(k.box, face.box) > max_iou; });
    if (fresh) kept.push_back(face);
  }
  return kept;
}

SingleShotDetector::SingleShotDetector(std::shared_ptr<const model::Network> network,
                                       const DetectorOptions& options, Kind kind)
    : network_(std::move(network)),
      min_face_px_(options.min_face_px),
      kind_(std::move(kind)),
      min_score_(options.min_score > 0 ? options.min_score : kind_.min_score) {}

void SingleShotDetector::check() const {
  const model::Contract& contract = network_->contract();
  const std::size_t wanted = kind_.widths.size() * kStrides.size();
  if (contract.graphs.size() != 1 || contract.graphs.front().outputs.size() != wanted) {
    throw Error(ErrorCode::kCorrupt, contract.name + ": contract: a detector of kind " + contract.kind +
                                         " has one graph with " + std::to_string(wanted) + " outputs");
  }
  std::vector<Face> ignored;
  detect_at(cv::Mat::zeros(2 * kCoarsest, 3 * kCoarsest, CV_8UC3), 1, ignored);
}

std::vector<Face> SingleShotDetector::detect(const cv::Mat& image) const {
  if (image.rows < 12 || image.cols < 12) return {};
  if (image.type() != CV_8UC3)
    throw Error(ErrorCode::kInvalidArgument, "detect: the picture must be 8-bit BGR");
  std::vector<Face> found;
  for (const double scale : scales(image.size())) detect_at(image, scale, found);
  const cv::Rect2f frame({0, 0}, cv::Size2f(image.size()));
  std::erase_if(found, [&](const Face& face) {
    return std::min(face.box.width, face.box.height) < kSizeSlack * static_cast<float>(min_face_px_) ||
           (face.box & frame).empty();
  });
  return suppress_overlaps(std::move(found), kind_.max_iou);
}

std::vector<double> SingleShotDetector::scales(cv::Size image) const {
  const cv::Size fixed = network_->contract().graphs.front().size;
  if (!fixed.empty()) {
    return {std::min(fixed.width / static_cast<double>(image.width),
                     fixed.height / static_cast<double>(image.height))};
  }
  const double bound = std::sqrt(kMaxSeen_px2 / (static_cast<double>(image.width) * image.height));
  const double scale = std::min({kMostEnlarged, kSmallestSeen_px / min_face_px_, bound});
  const int longer = std::max(image.width, image.height);
  if (scale * longer <= kLongSeen_px) return {scale};
  return {scale, kOverview_px / static_cast<double>(longer)};
}

void SingleShotDetector::detect_at(const cv::Mat& image, double scale, std::vector<Face>& faces) const {
  const model::Contract& contract = network_->contract();
  const auto side = [&](int length) { return std::max(1, static_cast<int>(std::lround(length * scale))); };
  const cv::Size size(side(image.cols), side(image.rows));
  const auto whole = [](int length) { return (length + kCoarsest - 1) / kCoarsest * kCoarsest; };
  const cv::Size fixed = contract.graphs.front().size;
  const cv::Size seen = fixed.empty() ? cv::Size(whole(size.width), whole(size.height)) : fixed;
  cv::Mat canvas = cv::Mat::zeros(seen, CV_8UC3);
  cv::resize(image, canvas(cv::Rect({0, 0}, size)), size, 0, 0,
             scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  std::vector<float> input;
  const auto shape = model::to_tensor({&canvas, 1}, contract.input, input);
  const std::vector<model::Tensor> outputs = network_->run(0, input.data(), shape);
  const std::size_t first = faces.size();
  for (std::size_t level = 0; level < kStrides.size(); ++level) read_grid(outputs, level, seen, faces);
  // Pixel centres lie at integer coordinates in both pictures.
  const float fx = static_cast<float>(image.cols) / static_cast<float>(size.width);
  const float fy = static_cast<float>(image.rows) / static_cast<float>(size.height);
  const auto back = [&](cv::Point2f p) {
    return cv::Point2f((p.x + 0.5F) * fx - 0.5F, (p.y + 0.5F) * fy - 0.5F);
  };
  for (Face& face : std::span(faces).subspan(first)) {
    face.box = cv::Rect2f(back(face.box.tl()), back(face.box.br()));
    for (cv::Point2f& point : face.landmarks) point = back(point);
  }
}

void SingleShotDetector::read_grid(const std::vector<model::Tensor>& outputs, std::size_t level,
                                   cv::Size seen, std::vector<Face>& faces) const {
  const int stride = kStrides[level];
  const cv::Size grid(seen.width / stride, seen.height / stride);
  const auto answers = static_cast<std::size_t>(grid.area() * kind_.anchors);
  for (std::size_t group = 0; group < kind_.widths.size(); ++group) {
    const model::Tensor& output = outputs[group * kStrides.size() + level];
    const int width = kind_.widths[group];
    const bool fits = !output.shape.empty() && output.shape.back() == width &&
                      output.size == answers * static_cast<std::size_t>(width);
    if (fits) continue;
    const model::Contract& contract = network_->contract();
    throw Error(ErrorCode::kCorrupt, contract.name + ": contract: output " +
                                         contract.graphs.front().outputs[group * kStrides.size() + level] +
                                         " is not what a detector of kind " + contract.kind +
                                         " returns at stride " + std::to_string(stride));
  }
  for (std::size_t i = 0; i < answers; ++i) {
    const auto at = static_cast<int>(i) / kind_.anchors;
    Cell cell{static_cast<float>(at % grid.width),
              static_cast<float>(at / grid.width),
              static_cast<float>(stride),
              {}};
    for (std::size_t group = 0; group < kind_.widths.size(); ++group) {
      cell.values[group] =
          outputs[group * kStrides.size() + level].data + i * static_cast<std::size_t>(kind_.widths[group]);
    }
    const float s = score(cell);
    if (s >= min_score_) faces.push_back(decode(cell, s));
  }
}

}  // namespace kith

#include "face/single_shot.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "model/output_check.h"
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
// Bounds memory (some 300 MB): of what is larger, the network sees tiles.
constexpr int kTile_px = 2000;
constexpr double kMaxSeen_px2 = 1.0 * kTile_px * kTile_px;
// Tiles double the work and more: not for faces that the whole shows at 25 px and more instead of kSmallestSeen_px, as
// in every photo by default (smallest_face: its shorter side is seen at 1920 px).
constexpr double kTilesFrom = 1.3;
// A face that is cut by a tile's edge must be whole in the next tile, with a margin for what lies around it.
constexpr double kOverlapFaces = 1.5;
// A box this near to a tile's edge may belong to a face that is cut by it.
constexpr float kCutSlack_px = 2;

// Windows of at most `side` px that cover `length`, and overlap by `overlap` px at least.
std::vector<cv::Range> cover(int length, int side, int overlap) {
  if (side >= length) return {{0, length}};
  const int step = std::max(side - overlap, side / 4);  // huge pictures: large faces are seen at other scales
  const int count = (length - side + step - 1) / step + 1;
  std::vector<cv::Range> ranges;
  for (int i = 0; i < count; ++i) {
    const auto start = static_cast<int>(std::lround(static_cast<double>(length - side) * i / (count - 1)));
    ranges.emplace_back(start, start + side);
  }
  return ranges;
}

// The box touches an edge of the window that is not one of the picture's.
bool is_cut(const cv::Rect2f& box, const cv::Rect& window, cv::Size image, float slack_px) {
  const auto left = static_cast<float>(window.x), right = static_cast<float>(window.br().x);
  const auto top = static_cast<float>(window.y), bottom = static_cast<float>(window.br().y);
  return (window.x > 0 && box.x < left + slack_px) || (window.y > 0 && box.y < top + slack_px) ||
         (window.br().x < image.width && box.br().x > right - slack_px) ||
         (window.br().y < image.height && box.br().y > bottom - slack_px);
}

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

std::vector<Face> drop_parts(std::vector<Face> faces) {
  constexpr float kInside = 0.8F;  // of its area
  constexpr float kLarger =
      2;  // in area: less is another box of the same face, which suppress_overlaps judges
  std::vector<Face> kept;
  for (const Face& face : faces) {
    const bool part = std::any_of(kept.begin(), kept.end(), [&](const Face& k) {
      return k.box.area() >= kLarger * face.box.area() &&
             (k.box & face.box).area() >= kInside * face.box.area();
    });
    if (!part) kept.push_back(face);
  }
  return kept;
}

SingleShotDetector::SingleShotDetector(std::shared_ptr<const model::Network> network,
                                       const DetectorOptions& options, Kind kind)
    : Detector(options.min_face_px),
      network_(std::move(network)),
      kind_(std::move(kind)),
      min_score_(options.min_score > 0 ? options.min_score : kind_.min_score) {}

void SingleShotDetector::check() const {
  const model::Contract& contract = network_->contract();
  const std::size_t wanted = kind_.widths.size() * kStrides.size();
  if (contract.graphs.size() != 1 || contract.graphs.front().outputs.size() != wanted) {
    throw Error(ErrorCode::kCorrupt, contract.name + ": contract: a detector of kind " + contract.kind +
                                         " has one graph with " + std::to_string(wanted) + " outputs");
  }
  const cv::Size fixed = contract.graphs.front().size;
  const cv::Mat black =
      cv::Mat::zeros(fixed.empty() ? cv::Size(3 * kCoarsest, 2 * kCoarsest) : fixed, CV_8UC3);
  std::vector<float> input;
  const auto shape = model::to_tensor({&black, 1}, contract.input, input);
  const std::vector<model::Tensor> outputs = network_->run(0, input.data(), shape);
  std::vector<Face> ignored;
  for (std::size_t level = 0; level < kStrides.size(); ++level)
    read_grid(outputs, level, black.size(), ignored);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    model::require_finite(outputs[i], contract.graphs.front().outputs[i], contract.name);
}

std::vector<Face> SingleShotDetector::find(const cv::Mat& image, int min_face_px) const {
  std::vector<Face> found;
  for (const View& view : views(image.size(), min_face_px)) detect_in(image, view, found);
  const cv::Rect2f frame({0, 0}, cv::Size2f(image.size()));
  std::erase_if(found, [&](const Face& face) {
    return std::min(face.box.width, face.box.height) < kSizeSlack * static_cast<float>(min_face_px) ||
           (face.box & frame).empty();
  });
  return drop_parts(suppress_overlaps(std::move(found), kind_.max_iou));
}

std::vector<SingleShotDetector::View> SingleShotDetector::views(cv::Size image, int min_face_px) const {
  const cv::Rect all({0, 0}, image);
  const cv::Size fixed = network_->contract().graphs.front().size;
  if (!fixed.empty()) {
    return {{all, std::min(fixed.width / static_cast<double>(image.width),
                           fixed.height / static_cast<double>(image.height))}};
  }
  const double wanted = std::min(kMostEnlarged, kSmallestSeen_px / min_face_px);
  const double whole =
      std::sqrt(kMaxSeen_px2 / image.width / image.height);  // the largest scale that sees all at once
  const int longer = std::max(image.width, image.height);
  std::vector<View> result{{all, std::min(wanted, whole)}};
  if (result.front().scale * longer > kLongSeen_px)
    result.push_back({all, kOverview_px / static_cast<double>(longer)});
  if (wanted <= kTilesFrom * whole) return result;
  const auto side = static_cast<int>(kTile_px / wanted);
  const auto overlap = static_cast<int>(kOverlapFaces * kSmallestSeen_px / whole);
  for (const cv::Range& rows : cover(image.height, side, overlap)) {
    for (const cv::Range& columns : cover(image.width, side, overlap))
      result.push_back({{columns.start, rows.start, columns.size(), rows.size()}, wanted});
  }
  return result;
}

void SingleShotDetector::detect_in(const cv::Mat& image, const View& view, std::vector<Face>& faces) const {
  const model::Contract& contract = network_->contract();
  const auto side = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(length * view.scale)));
  };
  const cv::Size size(side(view.window.width), side(view.window.height));
  const auto whole = [](int length) { return (length + kCoarsest - 1) / kCoarsest * kCoarsest; };
  const cv::Size fixed = contract.graphs.front().size;
  const cv::Size seen = fixed.empty() ? cv::Size(whole(size.width), whole(size.height)) : fixed;
  cv::Mat canvas = cv::Mat::zeros(seen, CV_8UC3);
  cv::resize(image(view.window), canvas(cv::Rect({0, 0}, size)), size, 0, 0,
             view.scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  std::vector<float> input;
  const auto shape = model::to_tensor({&canvas, 1}, contract.input, input);
  const std::vector<model::Tensor> outputs = network_->run(0, input.data(), shape);
  std::vector<Face> here;
  for (std::size_t level = 0; level < kStrides.size(); ++level) read_grid(outputs, level, seen, here);
  // Pixel centres lie at integer coordinates in both pictures.
  const float fx = static_cast<float>(view.window.width) / static_cast<float>(size.width);
  const float fy = static_cast<float>(view.window.height) / static_cast<float>(size.height);
  const cv::Point2f origin = view.window.tl();
  const auto back = [&](cv::Point2f p) {
    return cv::Point2f((p.x + 0.5F) * fx - 0.5F, (p.y + 0.5F) * fy - 0.5F) + origin;
  };
  for (Face& face : here) {
    face.box = cv::Rect2f(back(face.box.tl()), back(face.box.br()));
    for (cv::Point2f& point : face.landmarks) point = back(point);
    if (!is_cut(face.box, view.window, image.size(), kCutSlack_px)) faces.push_back(face);
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
    throw Error(ErrorCode::kCorrupt,
                contract.name + ": contract: output \"" +
                    contract.graphs.front().outputs[group * kStrides.size() + level] + "\" returns " +
                    std::to_string(output.size) + " numbers for a picture of " + std::to_string(seen.width) +
                    "x" + std::to_string(seen.height) + " px, expected are " + std::to_string(answers) +
                    " x " + std::to_string(width) + " at stride " + std::to_string(stride) +
                    " of a detector of kind " + contract.kind + ": are the outputs named in their order?");
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

#include <kith/error.h>
#include <kith/stages.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "core/foreign_error.h"
#include "model/catalog.h"

namespace kith {
namespace {

constexpr int kSmallestPicture = 12;  // px; the least that detectors look at

std::vector<std::filesystem::path> resolve_embedders(const std::string& names) {
  std::vector<std::filesystem::path> paths;
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t end = std::min(names.find(',', begin), names.size());
    if (end == begin)
      throw Error(ErrorCode::kInvalidArgument, "embedder: \"" + names + "\" has an empty name");
    paths.push_back(model::resolve_model(names.substr(begin, end - begin)));
    begin = end + 1;
  }
  return paths;
}

// A face that fills the picture has no surroundings, and detectors are trained on faces that have. Looks
// again at a small copy with a grey border of half its size; cheap, since only a large face counts.
std::vector<Face> detect_with_border(const Detector& detector, const cv::Mat& image) {
  constexpr float kSide = 160;    // of the copy: a face of 0.4 of it is well above any detector's smallest
  constexpr float kLarge = 0.4F;  // of the picture's shorter side
  constexpr float kMinScore = 0.95F;  // a second look at everything without a face must not invent any
  const float scale = std::min(1.0F, kSide / static_cast<float>(std::max(image.cols, image.rows)));
  cv::Mat copy;
  cv::resize(image, copy, {}, scale, scale, cv::INTER_AREA);
  const cv::Point2f border(static_cast<float>(copy.cols / 2), static_cast<float>(copy.rows / 2));
  cv::copyMakeBorder(copy, copy, copy.rows / 2, copy.rows / 2, copy.cols / 2, copy.cols / 2,
                     cv::BORDER_CONSTANT, cv::Scalar::all(127));
  std::vector<Face> faces = detector.detect(copy);
  const float smallest = kLarge * static_cast<float>(std::min(image.cols, image.rows));
  for (Face& face : faces) {
    face.box = {(face.box.x - border.x) / scale, (face.box.y - border.y) / scale, face.box.width / scale,
                face.box.height / scale};
    for (cv::Point2f& point : face.landmarks) point = (point - border) / scale;
  }
  std::erase_if(faces, [&](const Face& face) { return face.score < kMinScore || face.box.width < smallest; });
  return faces;
}

}  // namespace

Stages::Stages(const StageOptions& options, bool with_embedder) : runtime_(Runtime::create(options.runtime)) {
  detector_ = Detector::open({model::resolve_model(options.detector), options.min_face_px, 0}, runtime_);
  if (options.landmarks != "none") refiner_.emplace(model::resolve_model(options.landmarks), runtime_);
  if (with_embedder)
    embedder_.emplace(EmbedderOptions{.models = resolve_embedders(options.embedder), .flip = options.flip},
                      runtime_);
}

std::vector<Face> Stages::detect(const cv::Mat& image) const {
  return as_ours("detecting faces", [&] {
    std::vector<Face> faces = detector_->detect(image);
    if (faces.empty() && std::min(image.cols, image.rows) >= kSmallestPicture)
      faces = detect_with_border(*detector_, image);
    if (refiner_ && !faces.empty()) refiner_->refine(image, faces);
    return faces;
  });
}

std::vector<Chip> Stages::align(const cv::Mat& image, std::span<const Face> faces) const {
  return as_ours("aligning faces", [&] {
    std::vector<Chip> chips;
    chips.reserve(faces.size());
    for (const Face& face : faces) chips.push_back(kith::align(image, face, embedder_->geometry()));
    return chips;
  });
}

}  // namespace kith

#include <kith/error.h>
#include <kith/pipeline.h>

#include <cmath>

#include "model/catalog.h"

namespace kith {
namespace {

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

}  // namespace

Stages::Stages(const StageOptions& options, bool with_embedder) : runtime_(Runtime::create(options.runtime)) {
  detector_ = Detector::open({model::resolve_model(options.detector), options.min_face_px, 0}, runtime_);
  if (options.landmarks != "none") refiner_.emplace(model::resolve_model(options.landmarks), runtime_);
  if (with_embedder)
    embedder_.emplace(EmbedderOptions{resolve_embedders(options.embedder), 32, options.flip}, runtime_);
}

std::vector<Face> Stages::detect(const cv::Mat& image) const {
  std::vector<Face> faces = detector_->detect(image);
  if (refiner_ && !faces.empty()) refiner_->refine(image, faces);
  return faces;
}

std::vector<Chip> Stages::align(const cv::Mat& image, std::span<const Face> faces) const {
  std::vector<Chip> chips;
  chips.reserve(faces.size());
  for (const Face& face : faces) chips.push_back(kith::align(image, face, embedder_->geometry()));
  return chips;
}

float gallery_threshold(const Embedder& embedder, std::size_t people, double far) {
  // Each of the people is one chance for a stranger: 1 - (1 - f)^people = far, in a form exact for small f.
  const double each = -std::expm1(std::log1p(-far) / static_cast<double>(std::max<std::size_t>(people, 1)));
  const std::optional<float> threshold = embedder.threshold(each);
  if (threshold) return *threshold;
  throw Error(ErrorCode::kInvalidArgument, "embedder " + embedder.name() +
                                               " has no thresholds: kith model calibrate " + embedder.name() +
                                               " --strangers DIR");
}

}  // namespace kith

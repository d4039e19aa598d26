#include <kith/error.h>
#include <kith/quality.h>
#include <kith/stages.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "core/foreign_error.h"
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

struct Stages::Impl {
  StageOptions options;
  std::shared_ptr<Runtime> runtime;
  std::unique_ptr<Detector> detector;
  std::optional<LandmarkRefiner> refiner;
  std::optional<Embedder> embedder;
};

Stages::Stages(const StageOptions& options, std::shared_ptr<Runtime> runtime)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
  impl_->runtime = runtime ? std::move(runtime) : Runtime::create(options.runtime);
  impl_->detector =
      Detector::open({model::resolve_model(options.detector), options.min_face_px, 0}, impl_->runtime);
  if (options.landmarks != "none")
    impl_->refiner.emplace(model::resolve_model(options.landmarks), impl_->runtime);
  if (options.embedder.empty()) return;
  impl_->embedder.emplace(
      EmbedderOptions{.models = resolve_embedders(options.embedder), .flip = options.flip}, impl_->runtime);
}

Stages::~Stages() = default;
Stages::Stages(Stages&&) noexcept = default;
Stages& Stages::operator=(Stages&&) noexcept = default;

const Detector& Stages::detector() const { return *impl_->detector; }
int Stages::threads() const { return impl_->runtime->threads(); }

const Embedder& Stages::embedder() const {
  if (impl_->embedder) return *impl_->embedder;
  throw Error(ErrorCode::kInvalidArgument, "no embedder: StageOptions::embedder is empty");
}

RunInfo Stages::made_by(const std::string& verb) const {
  const Detector& detector = *impl_->detector;
  RunInfo info;
  info.verb = verb;
  info.models.push_back({"detector", detector.name(), detector.identity()});
  if (impl_->refiner)
    info.models.push_back({"landmarks", impl_->refiner->name(), impl_->refiner->identity()});
  if (impl_->embedder)
    info.models.push_back({"embedder", impl_->embedder->name(), impl_->embedder->identity()});
  info.options.emplace_back("min_face", std::int64_t{impl_->options.min_face_px});
  if (impl_->embedder) info.options.emplace_back("flip", impl_->options.flip);
  return info;
}

std::vector<Face> Stages::detect(const cv::Mat& image, int min_face_px) const {
  return as_ours("detecting faces", [&] {
    std::vector<Face> faces = impl_->detector->detect(image, min_face_px);
    if (faces.empty() && std::min(image.cols, image.rows) >= kSmallestFace)
      faces = detect_with_border(*impl_->detector, image);
    if (impl_->refiner && !faces.empty()) impl_->refiner->refine(image, faces);
    return faces;
  });
}

std::vector<Chip> Stages::align(const cv::Mat& image, std::span<const Face> faces) const {
  const ChipGeometry& geometry = embedder().geometry();
  return as_ours("aligning faces", [&] {
    std::vector<Chip> chips;
    chips.reserve(faces.size());
    for (const Face& face : faces) chips.push_back(kith::align(image, face, geometry));
    return chips;
  });
}

std::vector<SeenFace> Stages::see(const cv::Mat& image, std::span<const Face> faces) const {
  std::vector<Chip> chips = align(image, faces);
  return as_ours("embedding faces", [&] {
    std::vector<float> norms;
    std::vector<Embedding> embeddings = embedder().embed(chips, norms);
    std::vector<SeenFace> seen;
    for (std::size_t i = 0; i < faces.size(); ++i) {
      const float worth = quality(faces[i], chips[i], norms[i]);
      seen.push_back({faces[i], std::move(chips[i]), std::move(embeddings[i]), norms[i], worth});
    }
    return seen;
  });
}

std::vector<SeenFace> Stages::look(const cv::Mat& image, const LookOptions& options) const {
  embedder();  // its absence first
  std::vector<Face> faces = detect(image, options.min_face_px);
  if (options.main_only && !faces.empty()) faces = {faces[main_face(faces, image.size())]};
  return see(image, faces);
}

}  // namespace kith

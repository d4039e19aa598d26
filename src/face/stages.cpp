#include <kith/error.h>
#include <kith/quality.h>
#include <kith/stages.h>

#include <array>

#include "core/foreign_error.h"
#include "core/rounding.h"
#include "face/face_finder.h"
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

const char* to_string(Turned turned) {
  constexpr std::array kWords{"auto", "never", "always"};
  return kWords.at(static_cast<std::size_t>(turned));
}

struct Stages::Impl {
  StageOptions options;
  std::shared_ptr<Runtime> runtime;
  std::unique_ptr<Detector> detector;
  std::optional<LandmarkRefiner> refiner;
  std::optional<FaceFinder> finder;
  std::optional<Embedder> embedder;
};

Stages::Stages(const StageOptions& options, std::shared_ptr<Runtime> runtime)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
  impl_->runtime = runtime ? std::move(runtime) : Runtime::create(options.runtime);
  impl_->detector = Detector::open({.model = model::resolve_model(options.detector)}, impl_->runtime);
  if (options.landmarks != "none")
    impl_->refiner.emplace(model::resolve_model(options.landmarks), impl_->runtime);
  impl_->finder.emplace(*impl_->detector, impl_->refiner ? &*impl_->refiner : nullptr,
                        FaceFinder::Options{options.min_face_px, options.min_face_score, options.turned});
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
  const StageOptions& options = impl_->options;
  if (options.min_face_px > 0) info.options.emplace_back("min_face", std::int64_t{options.min_face_px});
  if (options.min_face_score)
    info.options.emplace_back("min_face_score", rounded_score(*options.min_face_score));
  info.options.emplace_back("turned", to_string(options.turned));
  if (impl_->embedder) info.options.emplace_back("flip", impl_->options.flip);
  return info;
}

std::vector<Face> Stages::detect(const cv::Mat& image, const LookOptions& options) const {
  return as_ours("detecting faces", [&] { return impl_->finder->find(image, options); });
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
      const float worth = quality(faces[i], norms[i]);
      seen.push_back({faces[i], std::move(chips[i]), std::move(embeddings[i]), norms[i], worth});
    }
    return seen;
  });
}

std::vector<SeenFace> Stages::look(const cv::Mat& image, const LookOptions& options) const {
  embedder();  // its absence first
  std::vector<Face> faces = detect(image, options);
  if (options.main_only && !faces.empty()) faces = {faces[main_face(faces, image.size())]};
  return see(image, faces);
}

}  // namespace kith

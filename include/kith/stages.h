// Stages: a picture -> faces, chips, vectors. The networks up to the embedder, loaded once (pipeline.h).
#pragma once

#include <kith/aligner.h>
#include <kith/detector.h>
#include <kith/embedder.h>
#include <kith/export.h>
#include <kith/landmarks.h>
#include <kith/run_info.h>
#include <kith/runtime.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// Which networks, by catalogue name (kith model list) or file.
struct StageOptions {
  std::string detector = "mtcnn";
  std::string landmarks = "landmarks-68";  // "none" keeps the detector's points
  std::string embedder = "fr_feature";     // several: "a,b"
  int min_face_px = 20;                    // see DetectorOptions
  bool flip = false;                       // see EmbedderOptions
  RuntimeOptions runtime;
};

/// The stages up to the embedding, loaded once and shared by all jobs. All calls are thread-safe.
class KITH_EXPORT Stages {
 public:
  /// @throws Error as the stages do; a name that is not installed is kNotFound and says `kith model install NAME`.
  explicit Stages(const StageOptions& options, bool with_embedder = true);

  /// Detects and refines: what every job calls a face. A picture without one is looked at again for a face that
  /// fills it.
  std::vector<Face> detect(const cv::Mat& image) const;
  std::vector<Chip> align(const cv::Mat& image, std::span<const Face> faces) const;
  const Detector& detector() const { return *detector_; }
  const Embedder& embedder() const { return *embedder_; }
  int threads() const { return runtime_->threads(); }
  /// What a result of these networks was made with; the caller adds people and rates. @param verb  as RunInfo's.
  RunInfo made_by(const std::string& verb) const;

 private:
  StageOptions options_;
  std::shared_ptr<Runtime> runtime_;
  std::unique_ptr<Detector> detector_;
  std::optional<LandmarkRefiner> refiner_;
  std::optional<Embedder> embedder_;
};

}  // namespace kith

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

/// Whether faces are looked for that lie on their side or stand on their head.
enum class Turned {
  kAuto,  // in photos in which no face is found, or only improbable ones and such as lie on their side
  kNever,
  kAlways,  // in photos and films: four times the work
};

/// "auto", "never", "always".
KITH_EXPORT const char* to_string(Turned turned);

/// The probability of being a face that is asked for (docs/accuracy.md, "Is it a face?"). In a film a poor look is one of many,
/// and a track with holes is two.
inline constexpr float kPhotoFaceScore = 0.9F;
inline constexpr float kFilmFaceScore = 0.5F;

/// Which networks, by catalogue name (docs/models.md) or file.
struct StageOptions {
  std::string detector = "mtcnn";
  std::string landmarks = "landmarks-68";  // "none" keeps the detector's points
  std::string embedder = "fr_feature";     // several: "a,b"; empty: none, for programs that only detect
  int min_face_px = 0;  // see DetectorOptions; 0 = 20, in photos above 1200 px 1/60 of the shorter side
  // Keep what is a face with this probability (Face::probability), [0, 1]; none: kPhotoFaceScore, in films kFilmFaceScore.
  std::optional<float> min_face_score = {};
  Turned turned = Turned::kAuto;
  bool flip = false;  // see EmbedderOptions
  RuntimeOptions runtime = {};
};

/// A face of a picture with everything that the networks see in it.
struct SeenFace {
  Face face;
  Chip chip;            // of Embedder::geometry(), CV_8UC3 BGR
  Embedding embedding;  // unit vector
  float norm = 1;       // of the network's vector, relative to strangers' (Embedder::embed)
  float quality = 0;    // [0, 1], larger is better (quality.h)
};

struct LookOptions {
  bool main_only = false;  // only the face that a photo of one person is about (main_face)
  int min_face_px = 0;     // for this picture instead of StageOptions'; 0 = that
  bool of_film =
      false;  // a frame of a film or camera: no face of it is turned (Turned::kAuto), and the smallest is 20 px
};

/// The stages up to the embedding, loaded once and shared by all jobs. All calls are thread-safe.
class KITH_EXPORT Stages {
 public:
  /// @param runtime  shared with other stages; null: one of its own, as the options say.
  /// @throws Error as the stages do; a name that is not installed is kNotFound.
  explicit Stages(const StageOptions& options, std::shared_ptr<Runtime> runtime = nullptr);
  ~Stages();
  Stages(Stages&&) noexcept;
  Stages& operator=(Stages&&) noexcept;

  /// Everything that "seeing a photo" is: detect, align, embed, quality.
  /// @param image  CV_8UC3 BGR, any size; neither changed nor kept.
  /// @return in order of the detector's score, highest first; no face is an empty vector.
  /// @throws Error kInvalidArgument for another type, or without an embedder; kIo when memory does not suffice.
  std::vector<SeenFace> look(const cv::Mat& image, const LookOptions& options = {}) const;

  /// The same of faces that are known already.
  std::vector<SeenFace> see(const cv::Mat& image, std::span<const Face> faces) const;

  /// Detects and refines: what every job calls a face. A picture without one is looked at again for a face that
  /// fills it, then for turned ones; boxes end at the border, and what is no face in all likelihood is left out.
  /// @throws Error as look().
  std::vector<Face> detect(const cv::Mat& image, const LookOptions& options = {}) const;
  /// Chips as the embedder wants them. @throws Error kInvalidArgument without an embedder.
  std::vector<Chip> align(const cv::Mat& image, std::span<const Face> faces) const;

  const Detector& detector() const;
  /// @throws Error kInvalidArgument where StageOptions::embedder was empty.
  const Embedder& embedder() const;
  int threads() const;
  /// What a result of these networks was made with; the caller adds people and rates. @param verb  as RunInfo's.
  RunInfo made_by(const std::string& verb) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith

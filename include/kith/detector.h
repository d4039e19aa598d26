// Detector: a picture -> faces with five landmarks. Second stage of the pipeline (pipeline.h).
#pragma once

#include <kith/export.h>
#include <kith/face.h>
#include <kith/runtime.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace kith {

struct DetectorOptions {
  std::filesystem::path model;  // an .onnx with a detector's contract (docs/formats.md); required
  int min_face_px = 20;         // shorter side of the smallest face to look for, >= 12; smaller is slower
  float min_score = 0;          // keep faces that score at least this, [0, 1]; 0 = the kind's own threshold
};

/// One loaded detector; the contract in the model's file says which kind (mtcnn, scrfd, yunet).
/// detect() may be called from several threads at once.
class KITH_EXPORT Detector {
 public:
  /// @throws Error kNotFound, kCorrupt (no model, no contract, or one that does not fit the network), kInvalidArgument.
  static std::unique_ptr<Detector> open(const DetectorOptions& options, std::shared_ptr<Runtime> runtime);
  virtual ~Detector() = default;
  /// @param image  CV_8UC3 BGR, any size; not changed, not kept. Empty or smaller than 12 px: no faces.
  /// @return faces by descending score; none is an empty vector.
  /// @throws Error kInvalidArgument for another type.
  virtual std::vector<Face> detect(const cv::Mat& image) const = 0;
  /// As the model's file says (docs/formats.md, "Models").
  const std::string& name() const { return name_; }
  const std::string& identity() const { return identity_; }

 private:
  std::string name_, identity_;  // set by open()
};

}  // namespace kith

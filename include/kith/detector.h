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

/// What the smallest network sees of a face (MTCNN's P-Net), px.
constexpr int kSmallestFace = 12;

struct DetectorOptions {
  std::filesystem::path model;  // an .onnx with a detector's contract (docs/formats.md); required
  int min_face_px = 20;  // shorter side of the smallest face to look for, >= kSmallestFace; smaller is slower
  float min_score = 0;   // keep faces that score at least this, [0, 1]; 0 = the kind's own threshold
};

/// One loaded detector; the contract in the model's file says which kind (mtcnn, scrfd, yunet).
/// detect() may be called from several threads at once.
class KITH_EXPORT Detector {
 public:
  /// @throws Error kNotFound, kCorrupt (no model, no contract, or one that does not fit the network), kInvalidArgument.
  static std::unique_ptr<Detector> open(const DetectorOptions& options, std::shared_ptr<Runtime> runtime);
  virtual ~Detector() = default;
  /// @param image  CV_8UC3 BGR, any size; not changed, not kept. Empty or smaller than 12 px: no faces.
  /// @param min_face_px  for this picture instead of the options'; 0 = the options'.
  /// @return faces by descending score; none is an empty vector.
  /// @throws Error kInvalidArgument for another type, or a smaller min_face_px than kSmallestFace.
  std::vector<Face> detect(const cv::Mat& image, int min_face_px = 0) const;

  /// As the model's file says (docs/formats.md, "Models").
  const std::string& name() const { return name_; }
  const std::string& identity() const { return identity_; }
  /// "mtcnn", "scrfd", "yunet".
  const std::string& kind() const { return kind_; }

 protected:
  explicit Detector(int min_face_px) : min_face_px_(min_face_px) {}
  /// @param image  CV_8UC3, 12 px or more each way. @param min_face_px  >= kSmallestFace.
  virtual std::vector<Face> find(const cv::Mat& image, int min_face_px) const = 0;

 private:
  int min_face_px_;
  std::string name_, identity_, kind_;  // set by open()
};

}  // namespace kith

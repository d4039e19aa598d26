// LandmarkRefiner: moves a detector's five landmarks to where a 68-landmark network sees them. Before align (aligner.h).
#pragma once

#include <kith/export.h>
#include <kith/face.h>
#include <kith/runtime.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace kith {

/// One loaded landmark network. refine() may be called from several threads at once.
class KITH_EXPORT LandmarkRefiner {
 public:
  /// @param model  an .onnx with a landmarks contract.
  /// @throws Error kNotFound, kCorrupt.
  LandmarkRefiner(const std::filesystem::path& model, std::shared_ptr<Runtime> runtime);
  ~LandmarkRefiner();
  LandmarkRefiner(LandmarkRefiner&&) noexcept;
  LandmarkRefiner& operator=(LandmarkRefiner&&) noexcept;

  /// Replaces the five points of each face, all faces in one batch. A face that is turned far in the plane, or whose refined
  /// points have no face's shape, keeps the detector's; landmarks.cpp says where the limits are and why.
  /// @param image  CV_8UC3 BGR in which the faces were detected.
  void refine(const cv::Mat& image, std::span<Face> faces) const;
  /// As the model's file says (docs/formats.md, "Models").
  const std::string& name() const;
  const std::string& identity() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith

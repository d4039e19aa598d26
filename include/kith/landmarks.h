// LandmarkRefiner: moves a detector's five landmarks to where a 68-landmark network sees them. Before align (aligner.h).
#pragma once

#include <kith/export.h>
#include <kith/face.h>
#include <kith/runtime.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// How well a face's points fit, each 0 or more, smaller is better.
struct LandmarkFit {
  float misfit =
      0;  // of the refined points to a face's shape: rms in eye distances, after the best similarity
  float moved = 0;  // between the detector's points and the refined ones: rms, as a share of the box's side
  float swims =
      0;  // how much the refined points move in the picture when the network sees the box shifted or scaled:
          // rms as a share of the box's side. Where there is no face they follow the box
};

/// One loaded landmark network. refine() may be called from several threads at once.
class KITH_EXPORT LandmarkRefiner {
 public:
  /// @param model  an .onnx with a landmarks contract.
  /// @throws Error kNotFound, kCorrupt.
  LandmarkRefiner(const std::filesystem::path& model, std::shared_ptr<Runtime> runtime);
  ~LandmarkRefiner();
  LandmarkRefiner(LandmarkRefiner&&) noexcept;
  LandmarkRefiner& operator=(LandmarkRefiner&&) noexcept;

  /// Replaces the five points of each face. A face that is turned far in the plane, or whose refined
  /// points have no face's shape, keeps the detector's; landmarks.cpp says where the limits are and why.
  /// @param image  CV_8UC3 BGR in which the faces were detected.
  /// @return one a face, in order; of a box below one px nothing is known, and its values are large.
  std::vector<LandmarkFit> refine(const cv::Mat& image, std::span<Face> faces) const;
  /// As the model's file says (docs/formats.md, "Models").
  const std::string& name() const;
  const std::string& identity() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith

// FaceFinder: what every job calls a face: a detector's boxes whose points are refined, that are probably faces, each once,
// inside the picture; also faces that lie on their side or stand on their head.
#pragma once

#include <kith/detector.h>
#include <kith/landmarks.h>
#include <kith/stages.h>

#include <vector>

namespace kith {

/// The smallest face to look for in a photo where nobody says: 20 px, in large ones as many as a viewer sees of it.
int smallest_face(cv::Size photo);

/// Uses networks that others own. find() may be called from several threads at once.
class FaceFinder {
 public:
  struct Options {
    int min_face_px = 0;                       // see StageOptions
    std::optional<float> min_face_score = {};  // see StageOptions
    Turned turned = Turned::kAuto;
  };
  /// @param refiner  null: the detector's points stay. Both must outlive the object.
  FaceFinder(const Detector& detector, const LandmarkRefiner* refiner, const Options& options);
  /// @param image  CV_8UC3 BGR. @param options  of this picture; main_only is not looked at.
  /// @return by descending score. @throws Error as Detector::detect.
  std::vector<Face> find(const cv::Mat& image, const LookOptions& options) const;

 private:
  std::vector<Face> upright(const cv::Mat& image, int min_face_px) const;
  void add_turned(const cv::Mat& image, int min_face_px, std::vector<Face>& faces) const;

  const Detector& detector_;
  const LandmarkRefiner* refiner_;
  Options options_;
};

}  // namespace kith

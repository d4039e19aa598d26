// MTCNN: three networks, each looking closer at what the one before proposed.
// Zhang et al. 2016, arXiv:1604.02878, run as davidsandberg/facenet src/align/detect_face.py runs it.
// Different here, on purpose:
//  - any number of candidate boxes (its index array overflows above 32,767);
//  - where a scale yields one box only, its offsets are taken from that box's cell (there from the mirrored
//  cell);
//  - a box wholly outside the picture is dropped (there an error ends the run);
//  - the overlap's kind is a value (there `method is 'Min'` compares identity);
//  - equal scores: the upper, then the left cell first (there numpy's unstable sort decides).
#pragma once

#include <kith/detector.h>

#include <memory>
#include <span>
#include <vector>

#include "face/mtcnn_crops.h"
#include "face/mtcnn_proposals.h"
#include "face/nms.h"
#include "model/network.h"

namespace kith {

/// The stages are public so that they can be measured and tested one by one. Boxes are corners in pixels of
/// the picture, counted as the reference does (its first pixel is 1), between stages whole numbers and
/// square.
class Mtcnn final : public Detector {
 public:
  /// @throws Error kCorrupt when the model lacks one of the graphs pnet, rnet, onet or their outputs.
  Mtcnn(std::shared_ptr<const model::Network> network, const DetectorOptions& options);

  /// P-Net over the pyramid.
  std::vector<ScoredBox> propose(const cv::Mat& image, int min_face_px) const;
  /// R-Net on proposals.
  std::vector<ScoredBox> refine(const cv::Mat& image, std::span<const ScoredBox> boxes) const;
  /// O-Net on what is left.
  std::vector<Face> output(const cv::Mat& image, std::span<const ScoredBox> boxes) const;

  std::vector<Face> find(const cv::Mat& image, int min_face_px) const override;

 private:
  MtcnnProposals proposals_;
  MtcnnCrops refine_;
  MtcnnCrops output_;
  float min_score_;
};

}  // namespace kith

#include <kith/detector.h>
#include <kith/error.h>

#include <algorithm>
#include <array>
#include <string>

#include "face/detector_kinds.h"

namespace kith {
namespace {

struct Kind {
  const char* name;  // contract.kind
  std::unique_ptr<Detector> (*make)(std::shared_ptr<const model::Network>, const DetectorOptions&);
  model::Threads threads;
};

constexpr std::array kKinds{
    Kind{"mtcnn", make_mtcnn, model::Threads::kCaller},
    Kind{"scrfd", make_scrfd, model::Threads::kShared},
    Kind{"yunet", make_yunet, model::Threads::kShared},
};

void check_min_face(int min_face_px) {
  if (min_face_px >= kSmallestFace) return;
  throw Error(ErrorCode::kInvalidArgument, "the smallest face to look for must be " +
                                               std::to_string(kSmallestFace) + " px or more, not " +
                                               std::to_string(min_face_px));
}

void check(const DetectorOptions& options) {
  check_min_face(options.min_face_px);
  if (!(options.min_score >= 0 && options.min_score <= 1)) {
    throw Error(ErrorCode::kInvalidArgument, "min_score: must be in [0, 1]");
  }
}

}  // namespace

std::unique_ptr<Detector> Detector::open(const DetectorOptions& options, std::shared_ptr<Runtime> runtime) {
  check(options);
  const std::string where = options.model.string();
  const model::ModelFile file = model::read_model(options.model);
  model::require_role(file.contract, model::Role::kDetector, where);
  const std::string& name = file.contract.kind;
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.name == name; });
  if (kind == kKinds.end()) {
    throw Error(ErrorCode::kCorrupt,
                where + ": contract: detector kind \"" + name + "\" is not known to this version of Kith");
  }
  std::unique_ptr<Detector> detector =
      kind->make(model::Network::load(file, where, std::move(runtime), kind->threads), options);
  detector->name_ = file.contract.name;
  detector->identity_ = file.contract.identity;
  detector->kind_ = name;
  return detector;
}

std::vector<Face> Detector::detect(const cv::Mat& image, int min_face_px) const {
  if (min_face_px != 0) check_min_face(min_face_px);
  if (image.empty()) return {};
  if (image.type() != CV_8UC3)
    throw Error(ErrorCode::kInvalidArgument, "detect: the picture must be 8-bit BGR (CV_8UC3)");
  if (std::min(image.rows, image.cols) < kSmallestFace) return {};
  return find(image, min_face_px == 0 ? min_face_px_ : min_face_px);
}

}  // namespace kith

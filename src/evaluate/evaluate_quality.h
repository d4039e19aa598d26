// evaluate quality: does a face's quality foretell whether it is recognised? Error-versus-discard curves (Grother, Tabassi
// 2007; ISO/IEC 29794-1): how many faces are still not recognised when the worst are left out.
#pragma once

#include <kith/stages.h>

#include <array>
#include <atomic>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.h"

namespace kith {

/// What faces can be sorted by, worst first.
constexpr std::array kQualityMeasures{"quality", "score", "size", "norm", "face_score"};

/// A face of one copy of a photo.
struct QualityCase {
  std::string source, copy;  // "whole", "32 px", ...
  float similarity = 0;      // to the template of the person's other photos at full size; centred cosine
  SeenFace seen;             // without its picture
  std::array<float, kQualityMeasures.size()> measures{};
};

struct DiscardCurve {
  std::string measure;
  std::vector<double> missed;  // of the faces that are left, when 0, 5, ... 50 % are left out
  double area = 0;             // their mean; smaller is better
};

struct QualityReport {
  std::size_t people = 0, photos = 0;
  float threshold = 0;  // the cosine at FAR 1e-3: a face below is missed
  std::vector<QualityCase> cases;
  std::vector<DiscardCurve> curves;                         // as kQualityMeasures
  std::vector<std::pair<std::string, std::string>> failed;  // photos without a face, unreadable ones: why
  bool interrupted = false;                                 // then nothing else is filled in
};

/// @param people  a folder with a folder of two photos or more for each person: their main faces are taken, at full size
///                and in copies in which the face is small or blurred.
/// @throws Error kInvalidArgument without such people, or without a calibration.
QualityReport evaluate_quality(const Stages& stages, const std::string& people, const std::atomic<bool>& stop,
                               const ReportProgress& progress);

/// docs/schema/evaluate_quality.json
nlohmann::ordered_json to_json(const QualityReport& report);

}  // namespace kith

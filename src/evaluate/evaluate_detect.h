// evaluate detect: a detector against boxes that somebody drew. Average precision, recall by the face's size.
#pragma once

#include <kith/run_info.h>
#include <kith/stages.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/parallel.h"
#include "evaluate/boxes_file.h"
#include "evaluate/interval.h"

namespace kith {

struct DetectOptions {
  std::filesystem::path images;  // where relative paths of the list begin
  float iou = 0.5F;              // from this overlap on a box is found, (0, 1]
  float min_face_score = 0;  // Face::probability at which precision, recall and false detections are taken
  int workers = 1;           // pictures at a time
};

/// A figure, with its interval where there is enough to tell one.
struct Figure {
  std::optional<double> value;  // nothing where it is 0 of 0
  std::optional<Interval> interval;
};

/// What one picture has shown.
struct PictureMatches {
  struct Detection {
    float score = 0;
    bool right = false;  // else false
  };
  std::vector<Detection> detections;  // without those of ignored boxes
  std::vector<bool> found;            // for each face of the list
};

/// Each detection, in the order given (descending score), takes the face that it overlaps most among those
/// that no earlier one has taken, if by `min_iou` or more. Else, if it overlaps an ignored box so much, it
/// does not count.
PictureMatches match_detections(const std::vector<Face>& detected, const BoxedPicture& truth, float min_iou);

struct PrPoint {
  double recall = 0, precision = 0;
};

/// Precision and recall at each of the scores, descending; detections of equal score are one point.
std::vector<PrPoint> precision_recall(const std::vector<PictureMatches>& pictures);
/// The area under the curve where each precision is replaced by the best at that recall or a larger one
/// (PASCAL VOC from 2010 on); nothing beyond the curve's last recall.
double average_precision(const std::vector<PrPoint>& curve);

/// Faces by the height of their box, px.
struct SizeBin {
  float from = 0;
  std::optional<float> to;  // nothing: no limit
  std::int64_t faces = 0, found = 0;

  std::string name() const;   // "< 12", "12-16", ">= 320": the same in text, JSON's readers and pages
  double recall() const;      // these two only where there are faces
  Interval interval() const;  // of the recall
};

struct UnscoredPicture {
  std::string source, error;
  std::size_t faces = 0;  // of the list, neither found nor missed
};

struct DetectReport {
  std::string detector;
  int min_face_px = 0;       // 0: by the picture's size (StageOptions)
  float min_face_score = 0;  // see DetectOptions
  float iou = 0;
  std::int64_t pictures = 0, faces = 0, ignored = 0;  // of the pictures that could be read
  Figure ap, precision, recall, false_per_picture;    // but for the first at min_face_score
  std::vector<SizeBin> by_size;
  std::vector<PrPoint> curve;
  std::vector<UnscoredPicture> failed;  // missing, not readable, or without boxes in the list
  bool interrupted = false;             // then nothing else is filled in

  std::size_t faces_not_scored() const;  // of those that failed
};

/// The figures of what was matched; `pictures` and `matches` belong together. Intervals hold 95 %: by
/// bootstrap over the pictures, and not narrower than if each face were independent (interval.h).
void score_detections(const std::vector<BoxedPicture>& pictures, const std::vector<PictureMatches>& matches,
                      DetectReport& report);

/// Detections by descending probability of being a face. A picture that cannot be read is reported, and its faces are not
/// scored.
/// @param stages  without a limit (StageOptions::min_face_score 0): the average precision is of all that they find.
/// @param pictures  as parse_boxes (boxes_file.h) returns them.
DetectReport evaluate_detect(const Stages& stages, std::vector<BoxedPicture> pictures,
                             const DetectOptions& options, const std::atomic<bool>& stop,
                             const ReportProgress& progress);

/// docs/schema/evaluate_detect.json; null where a figure is 0 of 0.
nlohmann::ordered_json to_json(const DetectReport& report);
/// The figures, the curve and the recall by size as a page that opens without a network.
std::string detect_html(const DetectReport& report, const std::string& title, const RunInfo& made_by);

}  // namespace kith

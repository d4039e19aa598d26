#include "evaluate/evaluate_quality.h"

#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "core/foreign_error.h"
#include "core/rounding.h"
#include "photos/person_photos.h"

namespace kith {
namespace {

constexpr double kFar = 1e-3;
constexpr int kSteps = 11;      // of the curve
constexpr double kStep = 0.05;  // of the faces

// How wide the face is in a copy, and how blurred (standard deviation, px).
struct Degradation {
  const char* name;
  float width_px;  // 0: as it is
  double blur_px;
};
constexpr std::array kDegradations{Degradation{"whole", 0, 0},   Degradation{"40 px", 40, 0},
                                   Degradation{"28 px", 28, 0},  Degradation{"20 px", 20, 0},
                                   Degradation{"blur 2", 56, 2}, Degradation{"blur 4", 80, 4}};

// The copy, or an empty picture where it would be no worse than the photo.
cv::Mat copy_of(const cv::Mat& image, const Face& face, const Degradation& how) {
  if (how.width_px == 0) return image;
  const float scale = how.width_px / face.box.width;
  if (scale >= 1) return {};
  cv::Mat copy;
  cv::resize(image, copy, {}, scale, scale, cv::INTER_AREA);
  if (how.blur_px > 0) cv::GaussianBlur(copy, copy, {}, how.blur_px);
  return copy;
}

// The face as it lies in the copy: detection is not what is measured.
Face scaled(Face face, float scale) {
  face.box = {face.box.x * scale, face.box.y * scale, face.box.width * scale, face.box.height * scale};
  for (cv::Point2f& point : face.landmarks) point *= scale;
  return face;
}

std::vector<QualityCase> cases_of(const Stages& stages, const PersonPhoto& photo) {
  const cv::Mat image = read_image(photo.path);
  const std::vector<Face> faces = stages.detect(image);
  if (faces.empty()) throw Error(ErrorCode::kNotFound, "no face found");
  const Face face = faces[main_face(faces, image.size())];
  std::vector<QualityCase> cases;
  for (const Degradation& how : kDegradations) {
    const cv::Mat copy = copy_of(image, face, how);
    if (copy.empty()) continue;
    const float scale = static_cast<float>(copy.cols) / static_cast<float>(image.cols);
    std::vector<Face> found = stages.detect(copy, {.min_face_px = kSmallestFace});
    const cv::Rect2f expected = scaled(face, scale).box;
    std::erase_if(found, [&](const Face& f) { return iou(f.box, expected) < 0.4F; });
    if (found.empty()) continue;
    QualityCase& one = cases.emplace_back();
    one.source = photo.path.string();
    one.copy = how.name;
    one.seen = stages.see(copy, {&found.front(), 1}).front();
    const Face& seen = one.seen.face;
    one.measures = {one.seen.quality, seen.score, std::min(seen.box.width, seen.box.height), one.seen.norm,
                    seen.probability};
    one.seen.chip.release();
  }
  return cases;
}

// Each case against the person's other photos.
void compare(std::span<std::vector<QualityCase>> photos, const Calibration& calibration) {
  for (std::size_t i = 0; i < photos.size(); ++i) {
    Embedding others;
    for (std::size_t k = 0; k < photos.size(); ++k) {
      if (k == i || photos[k].empty()) continue;
      const Embedding other = centred(photos[k].front().seen.embedding, calibration);
      others.resize(other.size());
      std::ranges::transform(others, other, others.begin(), std::plus{});
    }
    normalise(others);
    for (QualityCase& one : photos[i])
      one.similarity = others.empty() ? 1 : similarity(centred(one.seen.embedding, calibration), others);
  }
}

DiscardCurve curve_of(const std::vector<QualityCase>& cases, std::size_t measure, float threshold) {
  std::vector<std::size_t> order(cases.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return cases[i].measures.at(measure); });
  DiscardCurve curve{kQualityMeasures.at(measure), {}, 0};
  for (int step = 0; step < kSteps; ++step) {
    const auto first = static_cast<std::size_t>(kStep * step * static_cast<double>(order.size()));
    const auto left = std::span(order).subspan(first);
    const auto missed =
        std::ranges::count_if(left, [&](std::size_t i) { return cases[i].similarity < threshold; });
    curve.missed.push_back(static_cast<double>(missed) / static_cast<double>(left.size()));
    curve.area += curve.missed.back() / kSteps;
  }
  return curve;
}

}  // namespace

QualityReport evaluate_quality(const Stages& stages, const std::string& people, const std::atomic<bool>& stop,
                               const ReportProgress& progress) {
  const std::optional<float> threshold = threshold_at(stages.embedder().calibration(), kFar);
  if (!threshold)
    throw Error(ErrorCode::kInvalidArgument, "the embedder has no thresholds: kith model calibrate");
  const PersonPhotoList list = list_person_photos({&people, 1}, stages.embedder());
  QualityReport report;
  report.threshold = *threshold;
  std::vector<std::vector<QualityCase>> photos(list.photos.size());
  std::vector<std::string> errors(photos.size());
  std::atomic<std::int64_t> done = 0;
  for_each_in_parallel(photos.size(), stages.threads(), stop, [&](std::size_t i) {
    try {
      photos[i] = cases_of(stages, list.photos[i]);
    } catch (const std::exception& e) {
      errors[i] = describe(e);
    }
    progress(++done, static_cast<std::int64_t>(photos.size()));
  });
  report.interrupted = stop;
  if (stop) return report;
  for (std::size_t first = 0; first < photos.size();) {  // the list is by person
    std::size_t last = first;
    while (last < photos.size() && list.photos[last].folder == list.photos[first].folder) ++last;
    compare(std::span(photos).subspan(first, last - first), stages.embedder().calibration());
    if (last - first > 1) ++report.people;
    first = last;
  }
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (!errors[i].empty()) report.failed.emplace_back(list.photos[i].path.string(), errors[i]);
    report.photos += photos[i].empty() ? 0 : 1;
    std::ranges::move(photos[i], std::back_inserter(report.cases));
  }
  if (report.people == 0 || report.cases.empty())
    throw Error(ErrorCode::kInvalidArgument, people + ": nobody with two photos that show a face");
  for (std::size_t m = 0; m < kQualityMeasures.size(); ++m)
    report.curves.push_back(curve_of(report.cases, m, report.threshold));
  return report;
}

nlohmann::ordered_json to_json(const QualityReport& report) {
  nlohmann::ordered_json curves = nlohmann::ordered_json::object();
  for (const DiscardCurve& curve : report.curves) {
    nlohmann::ordered_json missed = nlohmann::ordered_json::array();
    for (const double share : curve.missed) missed.push_back(rounded_figure(share));
    curves[curve.measure] = {{"area", rounded_figure(curve.area)}, {"missed", missed}};
  }
  return {{"people", report.people},
          {"photos", report.photos},
          {"faces", report.cases.size()},
          {"threshold", rounded_score(report.threshold)},
          {"curves", curves}};
}

}  // namespace kith

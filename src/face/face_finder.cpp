#include "face/face_finder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "face/face_probability.h"

namespace kith {
namespace {

constexpr int kSmallestWanted = 20;  // px, of detect_face.py's minsize
// Of the shorter side. On a screen of 1080 lines such a face has 18 px: nobody is recognised by less.
constexpr int kSmallestPart = 60;

// A face that fills the picture has no surroundings, and detectors are trained on faces that have. Looks
// again at a small copy with a grey border of half its size; cheap, since only a large face counts.
std::vector<Face> detect_with_border(const Detector& detector, const cv::Mat& image) {
  constexpr float kSide = 160;    // of the copy: a face of 0.4 of it is well above any detector's smallest
  constexpr float kLarge = 0.4F;  // of the picture's shorter side
  constexpr float kMinScore = 0.95F;  // a second look at everything without a face must not invent any
  const float scale = std::min(1.0F, kSide / static_cast<float>(std::max(image.cols, image.rows)));
  cv::Mat copy;
  cv::resize(image, copy, {}, scale, scale, cv::INTER_AREA);
  const cv::Point2f border(static_cast<float>(copy.cols / 2), static_cast<float>(copy.rows / 2));
  cv::copyMakeBorder(copy, copy, copy.rows / 2, copy.rows / 2, copy.cols / 2, copy.cols / 2,
                     cv::BORDER_CONSTANT, cv::Scalar::all(127));
  std::vector<Face> faces = detector.detect(copy, kSmallestWanted);
  const float smallest = kLarge * static_cast<float>(std::min(image.cols, image.rows));
  for (Face& face : faces) {
    face.box = {(face.box.x - border.x) / scale, (face.box.y - border.y) / scale, face.box.width / scale,
                face.box.height / scale};
    for (cv::Point2f& point : face.landmarks) point = (point - border) / scale;
  }
  std::erase_if(faces, [&](const Face& face) { return face.score < kMinScore || face.box.width < smallest; });
  return faces;
}

// No more than 45 degrees out of the upright, by its eyes.
bool is_upright(const Face& face) {
  const cv::Point2f eyes = face.landmarks[1] - face.landmarks[0];
  return eyes.x > 0 && std::abs(eyes.y) <= eyes.x;
}

// One that says how the picture lies.
bool is_plain(const Face& face) { return face.probability >= kPhotoFaceScore && is_upright(face); }

// Where nothing is found, three more looks must not cost more than the first: a photo that lies on its side is of faces that are
// larger than the smallest, and MTCNN's work falls with the square of the size.
constexpr int kTurnedLarger = 2;

constexpr std::array kTurns{cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE};

// Where a point of the turned picture is in the picture; pixel centres lie at integer coordinates.
cv::Point2f turned_back(cv::Point2f p, cv::RotateFlags turn, cv::Size picture) {
  const auto right = static_cast<float>(picture.width - 1), bottom = static_cast<float>(picture.height - 1);
  if (turn == cv::ROTATE_90_CLOCKWISE) return {p.y, bottom - p.x};
  if (turn == cv::ROTATE_180) return {right - p.x, bottom - p.y};
  return {right - p.y, p.x};
}

void turn_back(Face& face, cv::RotateFlags turn, cv::Size picture) {
  // A box's edges lie between pixels.
  const cv::Point2f half(0.5F, 0.5F);
  face.box = cv::Rect2f(turned_back(face.box.tl() - half, turn, picture) + half,
                        turned_back(face.box.br() - half, turn, picture) + half);
  for (cv::Point2f& point : face.landmarks) point = turned_back(point, turn, picture);
}

// Of faces in one place the most probable stays.
void keep_one_each(std::vector<Face>& faces) {
  constexpr float kSamePlace = 0.3F;  // IoU; turned boxes differ more than upright ones
  std::ranges::stable_sort(faces, std::greater{}, &Face::probability);
  std::vector<Face> kept;
  for (const Face& face : faces) {
    const auto covers = [&](const Face& k) { return iou(k.box, face.box) > kSamePlace; };
    if (std::ranges::none_of(kept, covers)) kept.push_back(face);
  }
  faces = std::move(kept);
}

void clip(Face& face, cv::Size picture) {
  const cv::Rect2f inside = face.box & cv::Rect2f({0, 0}, cv::Size2f(picture));
  face.cut = inside.area() < face.box.area();
  face.box = inside;
}

}  // namespace

int smallest_face(cv::Size photo) {
  return std::max(kSmallestWanted, std::min(photo.width, photo.height) / kSmallestPart);
}

FaceFinder::FaceFinder(const Detector& detector, const LandmarkRefiner* refiner, const Options& options)
    : detector_(detector), refiner_(refiner), options_(options) {}

std::vector<Face> FaceFinder::find(const cv::Mat& image, const LookOptions& options) const {
  int min_face_px = options.min_face_px != 0 ? options.min_face_px : options_.min_face_px;
  if (min_face_px == 0) min_face_px = options.of_film ? kSmallestWanted : smallest_face(image.size());
  std::vector<Face> faces = upright(image, min_face_px);
  const bool unsure = !options.of_film && std::ranges::none_of(faces, is_plain);
  if (options_.turned == Turned::kAlways || (options_.turned == Turned::kAuto && unsure))
    add_turned(image, options_.turned == Turned::kAlways ? min_face_px : kTurnedLarger * min_face_px, faces);
  const float least = options_.min_face_score.value_or(options.of_film ? kFilmFaceScore : kPhotoFaceScore);
  std::erase_if(faces, [&](const Face& face) { return face.probability < least; });
  for (Face& face : faces) clip(face, image.size());
  std::erase_if(faces, [](const Face& face) { return face.box.empty(); });
  std::ranges::stable_sort(faces, std::greater{}, &Face::score);
  return faces;
}

std::vector<Face> FaceFinder::upright(const cv::Mat& image, int min_face_px) const {
  std::vector<Face> faces = detector_.detect(image, min_face_px);
  if (faces.empty() && std::min(image.cols, image.rows) >= kSmallestFace)
    faces = detect_with_border(detector_, image);
  std::vector<LandmarkFit> fits;
  if (refiner_ != nullptr) fits = refiner_->refine(image, faces);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    faces[i].probability = face_probability(detector_.kind(), faces[i].score,
                                            fits.empty() ? std::nullopt : std::optional(fits[i]));
  }
  return faces;
}

void FaceFinder::add_turned(const cv::Mat& image, int min_face_px, std::vector<Face>& faces) const {
  if (std::min(image.cols, image.rows) < kSmallestFace) return;
  bool found = false;
  for (const cv::RotateFlags turn : kTurns) {
    cv::Mat turned;
    cv::rotate(image, turned, turn);
    for (Face& face : upright(turned, min_face_px)) {
      if (!is_plain(face)) continue;
      turn_back(face, turn, image.size());
      faces.push_back(face);
      found = true;
    }
  }
  if (found) keep_one_each(faces);
}

}  // namespace kith

#include "align/align_photo.h"

#include <kith/frame.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "core/base64.h"
#include "core/checksum.h"
#include "core/files.h"
#include "face/face_finder.h"
#include "media/modules.h"

namespace kith {
namespace {

// The second look at twice the size: only where it is cheap, and only for faces that the detector is sure of.
constexpr std::size_t kSecondLookPixels = 2'000'000;
constexpr float kSecondLookScore = 0.9F;
constexpr int kSmallestPicture = 12;  // px; MTCNN's smallest window, detector.h
constexpr int kThumbnail = 160;       // px, longer side

// The reference's smallest window is a square of min_face px; the boxes that come of it are higher than wide.
float side(const Face& face) { return std::max(face.box.width, face.box.height); }

std::string px(float value) { return std::to_string(std::lround(value)) + " px"; }

std::string size_words(const cv::Rect2f& box) {
  return std::to_string(std::lround(box.width)) + "x" + px(box.height);
}

std::string pixels_of(const cv::Mat& image) {
  const cv::Mat whole = image.isContinuous() ? image : image.clone();
  const std::string_view bytes(reinterpret_cast<const char*>(whole.data), whole.total() * whole.elemSize());
  return sha256_hex(std::to_string(image.cols) + ' ' + sha256_hex(bytes));
}

std::string jpeg_base64(const cv::Mat& image) {
  const std::vector<uchar> jpeg = picture_module().encode(".jpg", image, 80);
  return base64({reinterpret_cast<const char*>(jpeg.data()), jpeg.size()});
}

// The photo with a box around each face: green were taken.
std::string photo_thumbnail(const cv::Mat& image, const std::vector<Face>& faces,
                            const std::vector<AlignItem::Taken>& taken) {
  const double scale = std::min(1.0, static_cast<double>(kThumbnail) / std::max(image.cols, image.rows));
  cv::Mat small;
  cv::resize(image, small,
             {std::max(1, cvRound(image.cols * scale)), std::max(1, cvRound(image.rows * scale))}, 0, 0,
             cv::INTER_AREA);
  const auto draw = [&](const cv::Rect2f& box, const cv::Scalar& colour) {
    cv::rectangle(small, cv::Rect(box.tl() * scale, box.br() * scale), colour, 1);
  };
  for (const Face& face : faces) draw(face.box, {160, 160, 255});
  for (const AlignItem::Taken& each : taken) draw(each.face.box, {80, 220, 80});
  return jpeg_base64(small);
}

bool can_be_cut(const Face& face, cv::Size picture) {
  const cv::Rect2f whole(0, 0, static_cast<float>(picture.width), static_cast<float>(picture.height));
  return (face.box & whole).area() >= 1;
}

void explain_none(const Stages& stages, const AlignOptions& options, const cv::Mat& image, AlignItem& item) {
  item.status = AlignStatus::kNoFace;
  const int smallest = options.min_face_px > 0 ? options.min_face_px : smallest_face(image.size());
  const std::string limit = "the smallest wanted of " + std::to_string(smallest) + " px";
  float largest = 0;
  if (std::min(image.cols, image.rows) < kSmallestPicture) {
    item.status = AlignStatus::kTooSmall;
    item.why = "the picture is smaller than " + std::to_string(kSmallestPicture) + " px";
    return;
  }
  if (image.total() <= kSecondLookPixels) {
    cv::Mat twice;
    cv::resize(image, twice, {}, 2, 2, cv::INTER_LINEAR);
    for (const Face& face : stages.detect(twice, {.min_face_px = kSmallestFace})) {
      if (face.score >= kSecondLookScore) largest = std::max(largest, side(face) / 2);
    }
  }
  if (largest > 0 && largest < static_cast<float>(smallest)) {
    item.status = AlignStatus::kTooSmall;
    item.why = "the largest face measures " + px(largest) + ", below " + limit;
  }
}

// The faces to take; item says which and why.
std::vector<Face> choose(const AlignOptions& options, const std::vector<Face>& faces, AlignItem& item) {
  if (faces.size() == 1) {
    item.status = AlignStatus::kAligned;
    return faces;
  }
  item.status = AlignStatus::kSeveralFaces;
  const std::string of = " of " + std::to_string(faces.size());
  if (options.multiple_faces) {
    item.why = "all" + of + " taken";
    return faces;
  }
  const Face& face = faces[main_face(faces, item.size)];
  const cv::Point2f off = (face.box.tl() + face.box.br()) / 2 - cv::Point2f(item.size) / 2;
  item.why = "largest and most central" + of + ": " + size_words(face.box) + ", " +
             px(std::hypot(off.x, off.y)) + " from the centre";
  return {face};
}

void take_faces(const Stages& stages, const AlignOptions& options, const cv::Mat& image,
                AlignedPhoto& photo) {
  AlignItem& item = photo.item;
  // Whatever the detector finds, as learning from the photos themselves takes it: it knows the smallest face wanted.
  const std::vector<Face> found = stages.detect(image);
  std::vector<Face> whole;
  std::ranges::copy_if(found, std::back_inserter(whole),
                       [&](const Face& face) { return can_be_cut(face, image.size()); });
  item.faces = static_cast<int>(found.size());
  if (whole.empty()) {
    explain_none(stages, options, image, item);
  } else {
    for (const Face& face : choose(options, whole, item)) {
      photo.chips.push_back(align(image, face, options.manifest.geometry));
      item.taken.push_back({face, "", ""});
    }
  }
  item.thumbnail = item.status == AlignStatus::kAligned ? jpeg_base64(photo.chips.front())
                                                        : photo_thumbnail(image, found, item.taken);
}

}  // namespace

AlignedPhoto align_photo(const Stages& stages, const AlignOptions& options,
                         const std::filesystem::path& path) {
  AlignedPhoto photo;
  try {
    const cv::Mat image = read_image(path);
    photo.item.size = image.size();
    photo.item.sha256 = sha256_hex(read_file(path));
    photo.item.pixels = pixels_of(image);
    take_faces(stages, options, image, photo);
  } catch (const std::exception& e) {  // also OpenCV's own, and memory that one huge picture asks for
    photo = {};
    photo.item.status = AlignStatus::kUnreadable;
    photo.item.error = e.what();
  }
  return photo;
}

}  // namespace kith

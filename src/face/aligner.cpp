#include <kith/aligner.h>
#include <kith/error.h>

#include <algorithm>
#include <cmath>

#include "face/similarity_fit.h"
#include "face/triangle_resize.h"
#include "face/warp.h"

namespace kith {
namespace {

// In LFW's deep-funneled pictures (250 px) the face's chip is about this part of the side.
constexpr double kCentrePart = 0.56;

cv::Mat box_crop_chip(const cv::Mat& image, const Face& face, const ChipGeometry& geometry) {
  // Each edge is clipped, then cut to whole pixels, as the tutorial's int32 arrays do.
  const float half = static_cast<float>(geometry.margin_px) / 2.0F;
  const auto edge = [](float value, int limit) {
    return static_cast<int>(std::clamp(value, 0.0F, static_cast<float>(limit)));
  };
  const cv::Rect2f wide(face.box.x - half, face.box.y - half, face.box.width + 2 * half,
                        face.box.height + 2 * half);
  if ((wide & cv::Rect2f({0, 0}, cv::Size2f(image.size()))).empty()) {
    throw Error(ErrorCode::kInvalidArgument, "align: the face's box lies outside the picture");
  }
  // A box that only grazes the picture still shows one pixel.
  const int x1 = std::min(edge(wide.x, image.cols), image.cols - 1);
  const int y1 = std::min(edge(wide.y, image.rows), image.rows - 1);
  const int x2 = std::max(edge(wide.x + wide.width, image.cols), x1 + 1);
  const int y2 = std::max(edge(wide.y + wide.height, image.rows), y1 + 1);
  return triangle_resize(image(cv::Rect(x1, y1, x2 - x1, y2 - y1)), geometry.size);
}

void require_bgr(const cv::Mat& image) {
  if (image.empty() || image.type() != CV_8UC3) {
    throw Error(ErrorCode::kInvalidArgument,
                "align: the picture must be 8-bit with three channels and not empty");
  }
}

}  // namespace

ChipGeometry arcface_112() {
  return {ChipGeometry::Kind::kTemplate,
          {112, 112},
          {{{38.2946F, 51.6963F},
            {73.5318F, 51.5014F},
            {56.0252F, 71.7366F},
            {41.5493F, 92.3655F},
            {70.7299F, 92.2041F}}},
          0};
}

ChipGeometry box_crop(int size, int margin_px) {
  return {ChipGeometry::Kind::kBoxCrop, {size, size}, {}, margin_px};
}

std::string describe(const ChipGeometry& geometry) {
  const std::string size = std::to_string(geometry.size.width) + "x" + std::to_string(geometry.size.height);
  if (geometry.kind == ChipGeometry::Kind::kTemplate) return size + " 5-point template";
  return size + " box crop, margin " + std::to_string(geometry.margin_px);
}

Chip align(const cv::Mat& image, const Face& face, const ChipGeometry& geometry) {
  require_bgr(image);
  if (geometry.kind == ChipGeometry::Kind::kBoxCrop) return box_crop_chip(image, face, geometry);
  return warp(image, similarity_fit(face.landmarks, geometry.points), geometry.size);
}

std::size_t main_face(std::span<const Face> faces, cv::Size image_size) {
  const cv::Point2f middle(static_cast<float>(image_size.width) / 2,
                           static_cast<float>(image_size.height) / 2);
  const auto prominence = [&](const Face& face) {
    const cv::Point2f off = (face.box.tl() + face.box.br()) / 2 - middle;
    return face.box.area() - 2 * off.dot(off);
  };
  const auto best = std::max_element(faces.begin(), faces.end(), [&](const Face& a, const Face& b) {
    return prominence(a) < prominence(b);
  });
  return static_cast<std::size_t>(best - faces.begin());
}

Chip centre_chip(const cv::Mat& image, const ChipGeometry& geometry) {
  require_bgr(image);
  const int side = std::max(1, static_cast<int>(std::lround(kCentrePart * std::min(image.cols, image.rows))));
  const cv::Rect centre((image.cols - side) / 2, (image.rows - side) / 2, side, side);
  return triangle_resize(image(centre), geometry.size);
}

}  // namespace kith

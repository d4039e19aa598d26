// align: a face in a picture -> the chip that an embedder expects. Between detect and embed (pipeline.h).
#pragma once

#include <kith/face.h>

#include <span>
#include <string>
#include <vector>

namespace kith {

/// How a chip is cut from a picture. Part of an embedder's contract: the wrong geometry costs accuracy silently.
struct ChipGeometry {
  enum class Kind {
    kTemplate,  // similarity transform (least squares) of the five landmarks onto `points`; black beyond the border
    kBoxCrop,  // the box plus `margin_px` of source pixels in total per axis, clipped, stretched to `size`: the tutorial's
  };
  Kind kind = Kind::kTemplate;
  cv::Size size{112, 112};  // of the chip, px
  Landmarks5 points{};      // kTemplate: where the five landmarks land, chip px
  int margin_px = 0;        // kBoxCrop; the tutorial's 32 (or 44 at 182 px)

  bool operator==(const ChipGeometry&) const = default;
};

/// The ArcFace template for 112 px chips (insightface python-package/insightface/utils/face_align.py).
ChipGeometry arcface_112();
/// The tutorial's crop (davidsandberg/facenet src/align/align_dataset_mtcnn.py). @param size  side of the chip, px.
ChipGeometry box_crop(int size, int margin_px);
/// "112x112 5-point template" or "160x160 box crop, margin 32": for messages.
std::string describe(const ChipGeometry& geometry);

/// @param image  CV_8UC3 BGR.
/// @return one chip, CV_8UC3 BGR, geometry.size.
/// @throws Error kInvalidArgument when the box lies wholly outside the picture (kBoxCrop).
Chip align(const cv::Mat& image, const Face& face, const ChipGeometry& geometry);

/// The face that a photo of one person is about: argmax of area - 2 * squared distance of the box centre from the picture's
/// (davidsandberg/facenet src/align/align_dataset_mtcnn.py).
/// @return its index; faces must not be empty.
std::size_t main_face(std::span<const Face> faces, cv::Size image_size);

/// The chip for a picture in which no face was found: the centre square (of 0.56 of the shorter side for templates).
Chip centre_chip(const cv::Mat& image, const ChipGeometry& geometry);

}  // namespace kith

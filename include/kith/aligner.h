// align: a face in a picture -> the chip that an embedder expects. Between detect and embed (pipeline.h).
#pragma once

#include <kith/chip_geometry.h>
#include <kith/export.h>
#include <kith/face.h>

#include <span>
#include <vector>

namespace kith {

/// @param image  CV_8UC3 BGR.
/// @return one chip, CV_8UC3 BGR, geometry.size.
/// @throws Error kInvalidArgument when the box lies wholly outside the picture (kBoxCrop).
KITH_EXPORT Chip align(const cv::Mat& image, const Face& face, const ChipGeometry& geometry);

/// The face that a photo of one person is about: argmax of area - 2 * squared distance of the box centre from the picture's
/// (davidsandberg/facenet src/align/align_dataset_mtcnn.py).
/// @return its index; faces must not be empty.
KITH_EXPORT std::size_t main_face(std::span<const Face> faces, cv::Size image_size);

/// The chip for a picture in which no face was found: the centre square (of 0.56 of the shorter side for templates).
KITH_EXPORT Chip centre_chip(const cv::Mat& image, const ChipGeometry& geometry);

}  // namespace kith

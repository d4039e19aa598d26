// ChipGeometry: how a face is cut from a picture, part of an embedder's contract.
#pragma once

#include <kith/export.h>
#include <kith/face.h>

#include <string>

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
KITH_EXPORT ChipGeometry arcface_112();
/// The tutorial's crop (davidsandberg/facenet src/align/align_dataset_mtcnn.py). @param size  side of the chip, px.
KITH_EXPORT ChipGeometry box_crop(int size, int margin_px);
/// "112x112 5-point template" or "160x160 box crop, margin 32": for messages.
KITH_EXPORT std::string describe(const ChipGeometry& geometry);

}  // namespace kith

// quality: how much a chip tells about who it is. Weighs evidence in tracks and samples in templates.
#pragma once

#include <kith/export.h>
#include <kith/face.h>

namespace kith {

/// The product of size, sharpness, frontal pose, detector score and what the embedder sees in it, each in [0, 1].
/// @param chip  the face's aligned chip, CV_8UC3 BGR, any size.
/// @param norm  of its embedding, relative to strangers' (Embedder::embed).
/// @return [0, 1], larger is better.
KITH_EXPORT float quality(const Face& face, const Chip& chip, float norm);

}  // namespace kith

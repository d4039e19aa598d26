// quality: how much a chip tells about who it is. Weighs evidence in tracks and samples in templates.
#pragma once

#include <kith/face.h>

namespace kith {

/// The product of size, sharpness, frontal pose and detector score, each in [0, 1].
/// @param chip  the face's aligned chip, CV_8UC3 BGR, any size.
/// @return [0, 1], larger is better.
float quality(const Face& face, const Chip& chip);

}  // namespace kith

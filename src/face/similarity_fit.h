// similarity_fit: the rotation, scale and shift that bring five landmarks closest to others.
#pragma once

#include <kith/face.h>

namespace kith {

/// The least-squares similarity without reflection from `from` to `to` (Umeyama 1991, closed form in two
/// dimensions). Five equal points only shift.
cv::Matx23d similarity_fit(const Landmarks5& from, const Landmarks5& to);

}  // namespace kith

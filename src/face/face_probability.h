// face_probability: how probably a detection is an upright face, by all that is known of it.
#pragma once

#include <kith/face.h>
#include <kith/landmarks.h>

#include <optional>
#include <string>

namespace kith {

/// @param kind   of the detector (Detector::kind). MTCNN's scores were measured; of others only the points count, or the
///               score as it is where there are none.
/// @param score  the detector's, [0, 1].
/// @param fit    of its landmarks; none without a landmark network.
/// @return [0, 1], calibrated on the pictures of docs/accuracy.md, "Is it a face?".
float face_probability(const std::string& kind, float score, const std::optional<LandmarkFit>& fit);

}  // namespace kith

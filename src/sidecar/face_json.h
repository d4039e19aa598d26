// A recognised face as JSON: in sidecars, and in the service's answers (docs/formats.md, "Recognised frames").
#pragma once

#include <kith/sink.h>

#include <nlohmann/json_fwd.hpp>

namespace kith {

/// [x,y,w,h], px.
nlohmann::ordered_json box_json(const cv::Rect2f& box);
/// Keys in their order; numbers rounded to what means something.
nlohmann::ordered_json face_json(const RecognizedFace& face);
/// Of them those that a detector knows: `box`, `score`, `face_score`, `landmarks`, and `cut` of a face that the border cuts.
nlohmann::ordered_json face_json(const Face& face);

}  // namespace kith

#include "sidecar/face_json.h"

#include <nlohmann/json.hpp>

#include "core/rounding.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

Json name_of(const Identification& identity) { return identity.name ? Json(*identity.name) : Json(nullptr); }

}  // namespace

Json box_json(const cv::Rect2f& box) {
  return {rounded_px(box.x), rounded_px(box.y), rounded_px(box.width), rounded_px(box.height)};
}

Json face_json(const Face& face) {
  Json landmarks = Json::array();
  for (const cv::Point2f& point : face.landmarks)
    landmarks.push_back({rounded_px(point.x), rounded_px(point.y)});
  Json json{{"box", box_json(face.box)},
            {"score", rounded_score(face.score)},
            {"face_score", rounded_score(face.probability)},
            {"landmarks", landmarks}};
  if (face.cut) json["cut"] = true;
  return json;
}

Json face_json(const RecognizedFace& face) {
  const Identification& identity = face.identity;
  Json json = face_json(face.face);
  json["track"] = face.track;
  json["name"] = name_of(identity);
  json["state"] = to_string(identity.state);
  json["confidence"] = rounded_score(identity.confidence);
  json["similarity"] = rounded_score(identity.similarity);
  if (!face.detected) json["detected"] = false;
  if (face.own) {
    json["frame_name"] = name_of(*face.own);
    json["quality"] = rounded_score(face.quality);
    json["frame_similarity"] = rounded_score(face.own->similarity);
  }
  return json;
}

}  // namespace kith

#include "desk/enrolment.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace kith {
namespace {

Judged refuse(Refusal why, std::string detail) {
  Judged judged;
  judged.refused = why;
  judged.detail = std::move(detail);
  return judged;
}

// Somebody else whose name this face would get.
std::optional<std::string> named_as_other(const SeenFace& face, const std::string& name,
                                          std::span<const Sample> own, const KnownPeople& known) {
  const Identification is = known.identify({&face.embedding, 1}, {&face.quality, 1}).front();
  if (!is.name || *is.name == name) return std::nullopt;
  if (!own.empty() && known.similarity(face.embedding, own) >= is.similarity) return std::nullopt;
  return is.name;
}

}  // namespace

const char* to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::kUnreadable:
      return "unreadable";
    case Refusal::kTooLarge:
      return "too_large";
    case Refusal::kNoFace:
      return "no_face";
    case Refusal::kSeveralFaces:
      return "several_faces";
    case Refusal::kTooSmall:
      return "too_small";
    case Refusal::kTooPoor:
      return "too_poor";
    case Refusal::kLooksLikeOther:
      return "looks_like_other";
    case Refusal::kDuplicate:
      return "duplicate";
  }
  return "unreadable";
}

Judged judge(const LookedAt& photo, const std::string& name, std::span<const Sample> own,
             const KnownPeople& known, const EnrolRules& rules) {
  const auto height = [](const SeenFace& seen) { return seen.face.box.height; };
  std::vector<SeenFace> faces;
  std::ranges::copy_if(photo.faces, std::back_inserter(faces),
                       [&](const SeenFace& seen) { return seen.face.probability >= rules.min_score; });
  if (faces.empty()) return refuse(Refusal::kNoFace, "no face is found in it");
  const SeenFace& face = *std::ranges::max_element(faces, {}, height);
  const auto counted = std::ranges::count_if(
      faces, [&](const SeenFace& seen) { return height(seen) >= rules.small_face * height(face); });
  if (counted > 1)
    return refuse(Refusal::kSeveralFaces, fmt::format("{} faces; cut it to the one that is meant", counted));
  if (rules.strict) {
    const float side = std::min(face.face.box.width, face.face.box.height);
    if (side < static_cast<float>(rules.min_face_px))
      return refuse(Refusal::kTooSmall,
                    fmt::format("the face is {:.0f} px wide, {} are needed", side, rules.min_face_px));
    if (face.quality < rules.min_quality)
      return refuse(Refusal::kTooPoor, fmt::format("quality {:.3f}, {} is needed: blurred, turned or hidden",
                                                   face.quality, rules.min_quality));
    if (const auto other = named_as_other(face, name, own, known))
      return refuse(Refusal::kLooksLikeOther, "it looks like " + *other);
  }
  Judged judged;
  judged.face = face;
  return judged;
}

}  // namespace kith

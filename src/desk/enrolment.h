// What speaks against a photo that is to be enrolled.
#pragma once

#include <kith/stages.h>

#include <optional>
#include <string>

#include "desk/known_people.h"
#include "desk/looks.h"

namespace kith {

enum class Refusal {
  kUnreadable,  // no picture, damaged, of a kind that is not read
  kTooLarge,    // of too many pixels
  kNoFace,
  kSeveralFaces,    // nobody can tell which one is meant
  kTooSmall,        // the face
  kTooPoor,         // blurred, turned away, half hidden
  kLooksLikeOther,  // it would be named as somebody else
  kDuplicate,       // enrolled for this person already
};
/// "unreadable", "too_large", "no_face", "several_faces", "too_small", "too_poor", "looks_like_other",
/// "duplicate".
const char* to_string(Refusal refusal);

struct EnrolRules {
  int min_face_px = 40;  // shorter side; what `kith recognize` wants of a film's faces
  float min_quality =
      0.17F;                // quality.h, [0, 1]: half of what a face needs to be told at all (identifier.cpp)
  bool strict = true;       // whether `kTooSmall`, `kTooPoor` and `kLooksLikeOther` are looked at at all
  float min_score = 0;      // Face::probability, [0, 1]: faces below it are none
  float small_face = 0.5F;  // of the highest face: lower ones are passers-by; 0: every face counts
};

/// One photo's answer: refused, or the face that is to be enrolled.
struct Judged {
  std::optional<Refusal> refused;
  std::string detail;  // in words, for people: "2 faces", "quality 0.02, 0.05 is needed"
  SeenFace face;       // where it is not refused
};

/// Everything but kUnreadable, kTooLarge and kDuplicate, which cannot be seen in a face.
/// @param own  the person's photos so far: a face that is at least as much like them as like somebody else is
/// theirs.
Judged judge(const LookedAt& photo, const std::string& name, std::span<const Sample> own,
             const KnownPeople& known, const EnrolRules& rules);

}  // namespace kith

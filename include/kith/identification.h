// Identification: what is known of one face. The Identifier's answer, and what sinks write.
#pragma once

#include <kith/export.h>

#include <optional>
#include <string>

namespace kith {

/// What can be said of a face.
enum class IdentityState {
  kNamed,
  kUnknown,  // clear enough to be recognised, and nobody's
  kUnclear,  // too poor (small, blurred, turned away) to tell who it is
};
/// "named", "unknown", "unclear": the words of the sidecar.
KITH_EXPORT const char* to_string(IdentityState state);

/// What is known of one face.
struct Identification {
  IdentityState state = IdentityState::kUnknown;
  std::optional<std::string> name;  // nullopt = unknown or unclear
  std::string nearest;              // the person considered, also when unknown; empty for an empty gallery
  float confidence = 0;  // probability that `nearest` is right, strangers included, [0, 1]: for a face that
      // is as often a stranger's as a known person's; with Classifier::kSvm among the known people alone
  float similarity = 0;  // to `nearest`: 0.7 of it to the template, 0.3 to the most similar photo; cosines,
                         // [-1, 1], larger is closer
};

/// A person, and how much a face is like them.
struct Likeness {
  std::string name;
  float similarity = 0;  // as Identification has it
  float score =
      0;  // what Identifier::threshold is for, [-1, 1]: without what the person has in common with everybody
};

}  // namespace kith

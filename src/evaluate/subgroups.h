// The figures of evaluate identify for a part of the faces: those with one label.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "evaluate/interval.h"

namespace kith {

/// One face that was asked for.
struct LabelledAnswer {
  std::string label;
  std::size_t subject = 0;  // a number for whom it shows; faces of one subject are not independent
  bool stranger = false;
  bool hit = false;  // a known person's own name; for a stranger any name
};

struct GroupScore {
  std::int64_t probes = 0, strangers = 0;  // faces
  SubjectShare dir, far;                   // share of those that are hits
};

std::map<std::string, GroupScore> score_groups(const std::vector<LabelledAnswer>& answers);

}  // namespace kith

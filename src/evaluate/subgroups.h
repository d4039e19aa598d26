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
  std::size_t subject = 0;  // a number for whom it shows; faces of one subject are not by themselves
  bool stranger = false;
  bool hit = false;  // a known person's own name; for a stranger any name
};

struct GroupScore {
  std::int64_t probes = 0, strangers = 0;  // faces
  double dir = 0, far = 0;                 // share of those that are hits; 0 without any
  Interval dir_interval, far_interval;     // 0 to 1 without any
};

/// Intervals hold 95 %, by drawing the subjects anew (200 times, with a fixed seed); where all or none are
/// hits, Wilson's with as many trials as subjects.
std::map<std::string, GroupScore> score_groups(const std::vector<LabelledAnswer>& answers);

}  // namespace kith

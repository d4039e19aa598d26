// Is the confidence true? How often names were right, by the confidence that they were given with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "evaluate/interval.h"

namespace kith {

/// One face that was asked for.
struct Confidence {
  std::size_t subject = 0;  // a number for whom it shows; faces of one subject are not independent
  float confidence = 0;     // [0, 1]
  bool right = false;       // of the person that it was given for
};

/// How often `confidence` was right, where it was between `from` and `to`.
struct ReliabilityBin {
  double from = 0, to = 0;
  double confidence = 0, correct = 0;  // means
  Interval interval;                   // of `correct`
  double weight = 0;                   // share of all faces; known people and strangers weigh one half each
  std::int64_t faces = 0;              // as often as they were asked for
  std::int64_t subjects = 0;           // people and strangers whose faces these are
};

struct Reliability {
  std::vector<ReliabilityBin> bins;      // ten
  double ece = 0;                        // expected calibration error: weighted |confidence - correct|
  std::optional<Interval> ece_interval;  // nothing where the answers hold too few errors to tell
};

/// Intervals hold 95 %, by drawing the known people and the strangers anew (200 times, with a fixed seed); a bin in which
/// no drawing differs has Wilson's, with as many trials as subjects weigh something in it.
Reliability reliability_of(const std::vector<Confidence>& known, const std::vector<Confidence>& strangers);

}  // namespace kith

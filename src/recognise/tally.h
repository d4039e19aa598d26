// Tally: adds up a Summary, source by source and frame by frame.
#pragma once

#include <kith/sink.h>

#include <map>
#include <span>
#include <string>

namespace kith {

class Tally {
 public:
  void begin(const SourceInfo& source);
  void add(const Frame& frame, std::span<const RecognizedFace> faces);
  void add(const TrackReport& track);
  void add_dropped(std::int64_t frames) { counts_.dropped += frames; }
  /// @return people by frames, descending; their tracks, and those without a name, counted.
  Summary summary() const;

 private:
  bool is_photo() const;

  Summary counts_;
  SourceInfo source_;
  std::map<std::string, Summary::PersonSeen> people_;  // mean_confidence holds the sum
};

}  // namespace kith

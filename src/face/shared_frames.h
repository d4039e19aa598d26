// SharedFrames: which tracks are in one frame, and how often. Who stands beside somebody is somebody else, but a face may
// be found twice for a moment, and one person may alternate between two tracks.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>

namespace kith {

/// Not thread-safe.
class SharedFrames {
 public:
  /// The tracks of one more frame, each once.
  void add(std::span<const int> tracks);
  /// Whether enough frames show both: three, or half of those of either.
  bool are_two_people(int a, int b) const;
  /// A track that nobody will ask for any more.
  void forget(int track);

 private:
  std::map<int, std::int64_t> frames_;
  std::map<std::pair<int, int>, std::int64_t> both_;  // the smaller id first
};

}  // namespace kith

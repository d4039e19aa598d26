// Together: which tracks were seen beside each other in one picture, so that they are two people.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace kith {

/// Holds no more than the pairs of which one track has not ended, however long a camera runs. Not thread-safe.
class Together {
 public:
  /// A picture shows these tracks.
  void see(std::span<const int> tracks);
  /// A track is over: nothing will show it any more. @param row  its id in the file; nullopt: it is not kept.
  void end(int track, std::optional<std::int64_t> row);
  /// Gives up the pairs of which both have ended. @param min_frames  pictures that must show both.
  /// @return their rows.
  std::set<std::pair<std::int64_t, std::int64_t>> take(int min_frames);

  std::size_t size() const { return frames_.size() + rows_.size(); }

 private:
  std::map<std::pair<int, int>, int> frames_;        // that show both
  std::map<int, std::optional<std::int64_t>> rows_;  // of tracks that have ended
};

}  // namespace kith

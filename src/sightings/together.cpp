#include "sightings/together.h"

#include <algorithm>

namespace kith {

void Together::see(std::span<const int> tracks) {
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) ++frames_[std::minmax(tracks[i], tracks[j])];
  }
}

void Together::end(int track, std::optional<std::int64_t> row) { rows_[track] = row; }

std::set<std::pair<std::int64_t, std::int64_t>> Together::take(int min_frames) {
  std::set<std::pair<std::int64_t, std::int64_t>> pairs;
  std::set<int> awaited;  // have ended, beside one that has not
  std::erase_if(frames_, [&](const auto& entry) {
    const auto& [tracks, frames] = entry;
    const auto a = rows_.find(tracks.first);
    const auto b = rows_.find(tracks.second);
    const bool lost = (a != rows_.end() && !a->second) || (b != rows_.end() && !b->second);
    if (!lost && (a == rows_.end() || b == rows_.end())) {
      awaited.insert({tracks.first, tracks.second});
      return false;
    }
    if (!lost && frames >= min_frames) pairs.emplace(*a->second, *b->second);
    return true;
  });
  std::erase_if(rows_, [&](const auto& row) { return !awaited.contains(row.first); });
  return pairs;
}

}  // namespace kith

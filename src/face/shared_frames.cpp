#include "face/shared_frames.h"

#include <algorithm>

namespace kith {
namespace {

// A face is found twice for a frame or two at most.
constexpr std::int64_t kEnough = 3;

}  // namespace

void SharedFrames::add(std::span<const int> tracks) {
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    ++frames_[tracks[i]];
    for (std::size_t j = 0; j < i; ++j) ++both_[std::minmax(tracks[i], tracks[j])];
  }
}

bool SharedFrames::are_two_people(int a, int b) const {
  const auto both = both_.find(std::minmax(a, b));
  if (both == both_.end()) return false;
  const std::int64_t shorter = std::min(frames_.at(a), frames_.at(b));
  return both->second >= kEnough || 2 * both->second >= shorter;
}

void SharedFrames::forget(int track) {
  frames_.erase(track);
  std::erase_if(both_, [track](const auto& entry) {
    return entry.first.first == track || entry.first.second == track;
  });
}

}  // namespace kith

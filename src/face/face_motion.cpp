#include "face/face_motion.h"

#include <algorithm>

namespace kith {
namespace {

// Half of either box at least: the box in between is then off by a few percent of its width at most, as measured
// against every frame's own detection (docs/performance.md).
constexpr float kCounterpart = 0.5F;
// Two people in one place: who is who takes a closer look.
constexpr float kRival = 0.25F;

}  // namespace

std::optional<std::vector<std::size_t>> only_moved(std::span<const Face> before, std::span<const Face> after) {
  if (before.size() != after.size()) return std::nullopt;
  std::vector<std::size_t> became(before.size());
  for (std::size_t b = 0; b < before.size(); ++b) {
    int counterparts = 0;
    for (std::size_t a = 0; a < after.size(); ++a) {
      const float overlap = iou(before[b].box, after[a].box);
      if (overlap >= kCounterpart) {
        became[b] = a;
        ++counterparts;
      } else if (overlap >= kRival) {
        return std::nullopt;
      }
    }
    if (counterparts != 1) return std::nullopt;
  }
  std::vector<std::size_t> sorted = became;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return std::nullopt;
  return became;
}

Face between(const Face& before, const Face& after, float at) {
  const auto mix = [at](auto from, auto to) { return from + (to - from) * at; };
  Face face;
  face.box = {mix(before.box.x, after.box.x), mix(before.box.y, after.box.y),
              mix(before.box.width, after.box.width), mix(before.box.height, after.box.height)};
  face.score = std::min(before.score, after.score);
  for (std::size_t i = 0; i < face.landmarks.size(); ++i)
    face.landmarks[i] = mix(before.landmarks[i], after.landmarks[i]);
  return face;
}

}  // namespace kith

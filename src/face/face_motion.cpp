#include "face/face_motion.h"

#include <algorithm>
#include <cmath>

namespace kith {
namespace {

// In widths of the face. Chosen on the videos of docs/performance.md (detect-every): half of it looks at a
// third more frames of street.mp4, where people walk past the camera, and finds as many faces.
constexpr float kFar = 1.0F;
// The next face must be so much further away: who is who takes a closer look.
constexpr float kRival = 0.6F;
constexpr float kOtherSize = 1.4F;

float width(const Face& face) { return std::sqrt(std::max(face.box.area(), 1.0F)); }

float distance(const Face& a, const Face& b) {
  const cv::Point2f from = (a.box.tl() + a.box.br()) * 0.5F;
  const cv::Point2f to = (b.box.tl() + b.box.br()) * 0.5F;
  return static_cast<float>(cv::norm(to - from)) / std::sqrt(width(a) * width(b));
}

// The face that is nearer than any other by far.
std::optional<std::size_t> nearest(const Face& face, std::span<const Face> others) {
  std::optional<std::size_t> best;
  float first = kFar;
  float second = kFar + kRival;
  for (std::size_t i = 0; i < others.size(); ++i) {
    const float d = distance(face, others[i]);
    if (d <= first) {
      second = best ? first : second;
      first = d;
      best = i;
    } else {
      second = std::min(second, d);
    }
  }
  return best && second >= first + kRival ? best : std::nullopt;
}

bool one_size(const Face& a, const Face& b) {
  return std::max(width(a), width(b)) <= kOtherSize * std::min(width(a), width(b));
}

}  // namespace

std::optional<std::vector<std::pair<std::size_t, std::size_t>>> only_moved(std::span<const Face> before,
                                                                           std::span<const Face> after,
                                                                           float speck_px) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::vector<bool> found(after.size());
  for (std::size_t b = 0; b < before.size(); ++b) {
    const std::optional<std::size_t> a = nearest(before[b], after);
    if (a && nearest(after[*a], before) == b && one_size(before[b], after[*a])) {
      pairs.emplace_back(b, *a);
      found[*a] = true;
    } else if (before[b].box.width >= speck_px) {
      return std::nullopt;
    }
  }
  for (std::size_t a = 0; a < after.size(); ++a) {
    if (!found[a] && after[a].box.width >= speck_px) return std::nullopt;
  }
  return pairs;
}

Face between(const Face& before, const Face& after, float at) {
  const auto mix = [at](auto from, auto to) { return from + (to - from) * at; };
  Face face;
  face.box = {mix(before.box.x, after.box.x), mix(before.box.y, after.box.y),
              mix(before.box.width, after.box.width), mix(before.box.height, after.box.height)};
  face.score = std::min(before.score, after.score);
  face.probability = std::min(before.probability, after.probability);
  face.cut = before.cut || after.cut;
  for (std::size_t i = 0; i < face.landmarks.size(); ++i)
    face.landmarks[i] = mix(before.landmarks[i], after.landmarks[i]);
  return face;
}

}  // namespace kith

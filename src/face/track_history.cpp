// What a track remembers: the looks of most weight, and their mean.
#include "face/track_history.h"

#include <kith/embedder.h>

#include <algorithm>
#include <cmath>

namespace kith {
namespace {

// A few good looks outweigh many poor ones. A unit vector with a cosine of q to the true one is q of signal and
// sqrt(1 - q^2) of noise: weighted by the inverse of its noise's variance the mean has the least.
float weight(const TrackHistory::Look& look) {
  constexpr float kBest = 0.97F;  // no look is without noise
  const float signal = std::pow(std::clamp(look.quality, 0.01F, kBest), 2.0F);
  return signal / (1 - signal);
}

bool is_before(const TrackHistory::Look& a, const TrackHistory::Look& b) { return a.frame < b.frame; }

void keep_best(TrackHistory& history) {
  std::vector<TrackHistory::Look>& looks = history.looks;
  if (looks.size() > TrackHistory::kMostLooks) {
    std::stable_sort(looks.begin(), looks.end(),
                     [](const auto& a, const auto& b) { return a.quality > b.quality; });
    looks.resize(TrackHistory::kMostLooks);
  }
  std::stable_sort(looks.begin(), looks.end(), is_before);
  history.fused.assign(looks.front().embedding.size(), 0.0F);
  for (const TrackHistory::Look& look : looks) {
    for (std::size_t i = 0; i < history.fused.size(); ++i)
      history.fused[i] += weight(look) * look.embedding[i];
  }
  normalise(history.fused);
}

}  // namespace

void add_look(TrackHistory& history, TrackHistory::Look look, const Chip& chip) {
  ++history.evidence;
  if (history.looks.empty() || look.quality > history.best_quality) {
    history.best_quality = look.quality;
    history.best_chip = chip;
  }
  history.looks.push_back(std::move(look));
  keep_best(history);
}

void TrackHistory::append(const TrackHistory& later) {
  last_ms = later.last_ms;
  last_frame = later.last_frame;
  frames += later.frames;
  evidence += later.evidence;
  if (later.looks.empty()) return;
  if (looks.empty() || later.best_quality > best_quality) {
    best_quality = later.best_quality;
    best_chip = later.best_chip;
  }
  looks.insert(looks.end(), later.looks.begin(), later.looks.end());
  keep_best(*this);
}

}  // namespace kith

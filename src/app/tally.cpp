#include <kith/pipeline.h>

#include <algorithm>

namespace kith {

void Tally::add(const Frame& frame, std::span<const RecognizedFace> faces) {
  if (frame.failure) {
    ++counts_.failed;
    return;
  }
  ++counts_.frames;
  counts_.faces += static_cast<std::int64_t>(faces.size());
  for (const RecognizedFace& face : faces) {
    bool& named = named_[face.track];
    if (!face.identity.name) continue;
    named = true;
    const auto [entry, is_new] = people_.try_emplace(*face.identity.name);
    Summary::PersonSeen& person = entry->second;
    if (is_new) person.name = *face.identity.name;
    person.first_ms = is_new ? frame.time_ms : std::min(person.first_ms, frame.time_ms);
    person.last_ms = std::max(person.last_ms, frame.time_ms);
    person.mean_confidence += face.identity.confidence;
    ++person.frames;
  }
}

Summary Tally::summary() const {
  Summary summary = counts_;
  for (const auto& [name, person] : people_) {
    summary.people.push_back(person);
    summary.people.back().mean_confidence /= static_cast<double>(person.frames);
  }
  std::stable_sort(summary.people.begin(), summary.people.end(),
                   [](const auto& a, const auto& b) { return a.frames > b.frames; });
  summary.unknown_tracks =
      std::count_if(named_.begin(), named_.end(), [](const auto& track) { return !track.second; });
  return summary;
}

}  // namespace kith

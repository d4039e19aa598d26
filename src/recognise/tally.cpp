#include "recognise/tally.h"

#include <algorithm>

namespace kith {

void Tally::begin(const SourceInfo& source) {
  source_ = source;
  ++counts_.sources;
}

void Tally::add(const Frame& frame, std::span<const RecognizedFace> faces) {
  if (frame.failure) {
    ++counts_.failed;
    return;
  }
  const int photo = is_photo() ? 1 : 0;
  ++counts_.frames;
  counts_.photos += photo;
  counts_.faces += static_cast<std::int64_t>(faces.size());
  for (const RecognizedFace& face : faces) {
    if (!face.identity.name) continue;
    Summary::PersonSeen& person = people_[*face.identity.name];
    ++person.frames;
    person.photos += photo;
    person.mean_confidence += face.identity.confidence;
    if (person.sources.empty() || person.sources.back().source != source_.name)
      person.sources.push_back({source_.name, is_photo(), 0, frame.time_ms, frame.time_ms});
    Summary::SeenIn& seen = person.sources.back();
    ++seen.frames;
    seen.last_ms = std::max(seen.last_ms, frame.time_ms);
  }
}

void Tally::add(const TrackReport& track) {
  const int photo = is_photo() ? 1 : 0;
  switch (track.identity.state) {
    case IdentityState::kNamed:
      ++people_[track.identity.name.value_or("")].tracks;
      break;
    case IdentityState::kUnknown:
      ++counts_.unknown_tracks;
      counts_.unknown_in_photos += photo;
      break;
    case IdentityState::kUnclear:
      ++counts_.unclear_tracks;
      counts_.unclear_in_photos += photo;
      break;
  }
}

bool Tally::is_photo() const {
  return source_.kind == SourceKind::kPhoto || source_.kind == SourceKind::kFolder;
}

Summary Tally::summary() const {
  Summary summary = counts_;
  for (const auto& [name, person] : people_) {
    if (person.frames == 0) continue;
    Summary::PersonSeen& seen = summary.people.emplace_back(person);
    seen.name = name;
    seen.first_ms = seen.sources.front().first_ms;
    seen.last_ms = seen.sources.back().last_ms;
    seen.mean_confidence /= static_cast<double>(person.frames);
  }
  std::stable_sort(summary.people.begin(), summary.people.end(),
                   [](const auto& a, const auto& b) { return a.frames > b.frames; });
  return summary;
}

}  // namespace kith

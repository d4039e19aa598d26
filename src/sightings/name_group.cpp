#include "sightings/name_group.h"

#include <kith/embedder.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>

#include "core/checksum.h"
#include "core/clock.h"
#include "core/files.h"
#include "core/person_name.h"
#include "people/clustering.h"
#include "store/places.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostSamples =
    10;  // more photos than that do not help a template (docs/accuracy.md: 5 to 20)
constexpr float kNothingNew = 0.95F;  // cosine to a chosen one above which a face tells nothing more

std::string describe(const Sighting& track) {
  const std::string time = track.last_ms > 0 ? ", " + clock_text(track.first_ms) : "";
  return track.source + time + " (track " + std::to_string(track.track) + ")";
}

// A photo is enrolled as the photo that it is, so that it is known when it comes again.
Sample sample_of(const Sighting& track) {
  std::error_code ignored;
  if (is_image_name(track.source) && fs::is_regular_file(track.source, ignored))
    return {0, track.source, sha256_hex(read_file(track.source)), track.embedding, track.quality};
  const std::string_view bytes(reinterpret_cast<const char*>(track.embedding.data()),
                               track.embedding.size() * sizeof(float));
  return {0, describe(track), sha256_hex(bytes), track.embedding, track.quality};
}

std::vector<Sighting> members(Sightings& file, const std::set<std::int64_t>& groups) {
  std::vector<Sighting> tracks = file.all();
  std::erase_if(tracks, [&](const Sighting& s) { return !s.group || !groups.contains(*s.group); });
  for (const std::int64_t group : groups) {
    if (std::ranges::any_of(tracks, [&](const Sighting& s) { return s.group == group; })) continue;
    throw Error(ErrorCode::kNotFound, file.path().string() + ": has no group " + std::to_string(group) +
                                          "; list the groups with: kith cluster " + file.path().string());
  }
  return tracks;
}

void relabel_sidecars(const std::vector<Sighting>& tracks, const std::string& name, const Embedding& centre,
                      NameReport& report) {
  std::map<std::string, std::map<int, Relabelling::Track>> by_sidecar;
  for (const Sighting& track : tracks) {
    if (track.sidecar.empty()) {
      ++report.without_sidecar;
      continue;
    }
    by_sidecar[track.sidecar][track.track] = {track.source, track.first_ms, track.last_ms,
                                              similarity(track.embedding, centre)};
  }
  for (auto& [sidecar, shown] : by_sidecar) {
    const Relabelling change{name, std::move(shown)};
    std::ranges::move(relabel(sidecar, change), std::back_inserter(report.files));
  }
}

}  // namespace

std::vector<std::size_t> choose_for_gallery(std::span<const Sighting> tracks) {
  std::vector<std::size_t> order(tracks.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return tracks[i].quality; });
  std::vector<std::size_t> chosen;
  const auto news =
      [&](std::size_t i) {  // how much a face adds: its quality, and how unlike the chosen it is
        float nearest = -1;
        for (const std::size_t c : chosen)
          nearest = std::max(nearest, similarity(tracks[i].embedding, tracks[c].embedding));
        return nearest >= kNothingNew || tracks[i].quality < kFoundingQuality
                   ? 0.0F  // no good sample either
                   : tracks[i].quality * (1 - nearest);
      };
  while (chosen.size() < std::min(kMostSamples, tracks.size())) {
    const auto best = chosen.empty() ? order.begin() : std::ranges::max_element(order, {}, news);
    if (!chosen.empty() && news(*best) <= 0) break;
    chosen.push_back(*best);
    order.erase(best);
    if (order.empty()) break;
  }
  return chosen;
}

// The gallery first and the file last: whatever is cut off between them is done again by the same command.
NameReport name_groups(Sightings& file, const fs::path& people, const std::set<std::int64_t>& groups,
                       const std::string& given) {
  const std::string name = person_name(given);
  std::vector<Sighting> tracks = members(file, groups);
  NameReport report;
  report.other_names = static_cast<std::int64_t>(
      std::erase_if(tracks, [&](const Sighting& s) { return s.name && *s.name != name; }));
  if (tracks.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                file.path().string() +
                    ": everybody in this group has another name already; kith people rename "
                    "changes a name, kith forget takes it away");
  }
  std::vector<Sample> samples;
  for (const std::size_t i : choose_for_gallery(tracks)) samples.push_back(sample_of(tracks[i]));
  Gallery gallery = Gallery::open_or_create(people, file.binding());
  report.enrolled = gallery.add(name, samples);
  note_place(people, PlaceKind::kSightings, file.path());
  const Person* person = gallery.find(name);
  if (person == nullptr) throw Error(ErrorCode::kInternal, people.string() + ": " + name + " is not in it");
  report.samples = static_cast<int>(person->samples.size());
  relabel_sidecars(tracks, name, person->centre, report);
  std::vector<std::int64_t> ids;
  for (const Sighting& track : tracks) ids.push_back(track.id);
  file.set_name(ids, name);
  report.tracks = static_cast<std::int64_t>(ids.size());
  return report;
}

}  // namespace kith

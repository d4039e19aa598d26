#include "cli/summary_text.h"

#include <cstdio>

#include "cli/words.h"
#include "core/clock.h"

namespace kith::cli {
namespace {

constexpr std::size_t kNameColumns = 20;

std::string span(double first_ms, double last_ms) {
  return clock_text(first_ms) + " to " + clock_text(last_ms);
}

std::string line(const std::string& name, const std::string& what) {
  return "  " + padded(name, kNameColumns) + ' ' + what + '\n';
}

// "12 frames and 3 photos".
std::string both(std::int64_t moving, const char* thing, std::int64_t still, const char* still_thing) {
  std::string text;
  if (moving > 0 || still == 0) text = counted(moving, thing);
  if (still > 0) text += (text.empty() ? "" : " and ") + counted(still, still_thing);
  return text;
}

std::string pictures(std::int64_t all, std::int64_t photos) {
  return both(all - photos, "frame", photos, "photo");
}

std::string tracks(std::int64_t all, std::int64_t in_photos) {
  return both(all - in_photos, "track", in_photos, "face");
}

std::string person_lines(const Summary::PersonSeen& person, bool by_source) {
  char confidence[32];
  std::snprintf(confidence, sizeof confidence, ", confidence %.2f", person.mean_confidence);
  std::string what = pictures(person.frames, person.photos) + confidence;
  if (!by_source && person.photos == 0) what = span(person.first_ms, person.last_ms) + ", " + what;
  std::string text = line(person.name, what);
  if (!by_source) return text;
  for (const Summary::SeenIn& seen : person.sources) {
    if (!seen.photos) text += line("", "  " + span(seen.first_ms, seen.last_ms) + " in " + seen.source);
  }
  return text;
}

}  // namespace

std::string summary_text(const Summary& summary) {
  std::string text = pictures(summary.frames, summary.photos) + ", " + counted(summary.faces, "face") + '\n';
  for (const Summary::PersonSeen& person : summary.people) text += person_lines(person, summary.sources > 1);
  if (summary.unknown_tracks > 0)
    text += line("unknown", tracks(summary.unknown_tracks, summary.unknown_in_photos));
  if (summary.unclear_tracks > 0)
    text += line("unclear", tracks(summary.unclear_tracks, summary.unclear_in_photos));
  if (summary.dropped > 0) text += counted(summary.dropped, "camera frame") + " dropped, to keep up\n";
  return text;
}

}  // namespace kith::cli

#include "cli/summary_text.h"

#include <array>
#include <cstdio>

namespace kith::cli {
namespace {

constexpr int kNameColumns = 20;

std::string clock(double ms) {
  const auto total = static_cast<long>(ms / 1000);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld.%01ld", total / 3600, total / 60 % 60, total % 60,
                static_cast<long>(ms / 100) % 10);
  return text.data();
}

std::string span(double first_ms, double last_ms) { return clock(first_ms) + " to " + clock(last_ms); }

// A column counts characters, not bytes.
std::string line(const std::string& name, const std::string& what) {
  int characters = 0;
  for (const char c : name) characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  const int blanks = std::max(kNameColumns - characters, 0);
  return "  " + name + std::string(static_cast<std::size_t>(blanks), ' ') + ' ' + what + '\n';
}

// "12 frames and 3 photos".
std::string both(std::int64_t moving, const char* one, const char* many, std::int64_t still,
                 const char* one_still, const char* many_still) {
  std::string text;
  if (moving > 0 || still == 0) text = count_of(moving, one, many);
  if (still > 0) text += (text.empty() ? "" : " and ") + count_of(still, one_still, many_still);
  return text;
}

std::string pictures(std::int64_t all, std::int64_t photos) {
  return both(all - photos, "frame", "frames", photos, "photo", "photos");
}

std::string tracks(std::int64_t all, std::int64_t in_photos) {
  return both(all - in_photos, "track", "tracks", in_photos, "face", "faces");
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

std::string count_of(std::int64_t count, const char* one, const char* many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

std::string summary_text(const Summary& summary) {
  std::string text =
      pictures(summary.frames, summary.photos) + ", " + count_of(summary.faces, "face", "faces") + '\n';
  for (const Summary::PersonSeen& person : summary.people) text += person_lines(person, summary.sources > 1);
  if (summary.unknown_tracks > 0)
    text += line("unknown", tracks(summary.unknown_tracks, summary.unknown_in_photos));
  if (summary.unclear_tracks > 0)
    text += line("unclear", tracks(summary.unclear_tracks, summary.unclear_in_photos));
  if (summary.dropped > 0)
    text += count_of(summary.dropped, "camera frame", "camera frames") + " dropped, to keep up\n";
  return text;
}

}  // namespace kith::cli

// Scores what `kith recognize --json` wrote of a video against the truth: names right, wrong, unknown;
// switches.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <opencv2/core.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "evaluate/interval.h"

namespace kith {

enum class Outcome { kRight, kWrong, kUnknown, kMissed };

/// What became of the faces that are really there. For a person of the gallery, `right` is the own name; for
/// a stranger, `right` is unknown.
struct Outcomes {
  std::int64_t right = 0;
  std::int64_t wrong = 0;    // another name, or any name on a stranger
  std::int64_t unknown = 0;  // a person of the gallery taken for a stranger
  std::int64_t missed = 0;   // not detected
  std::int64_t all() const { return right + wrong + unknown + missed; }
};

struct VideoScore {
  Outcomes frames;                     // one count a true face and frame
  Outcomes seconds;                    // the majority of each person's frames in each second
  Outcomes tracks;                     // each track's most frequent name against its most frequent person
  std::int64_t identity_switches = 0;  // a person's name changed to another name, over all people
  std::int64_t false_names = 0;  // tracks that bore a wrong name at any time, on a face or on no face at all
  double hours = 0;
  /// By person, second by second: the majority of the frames in it. With the truth of a clip: by name given.
  std::map<std::string, std::map<std::int64_t, Outcome>> timeline;
  std::vector<std::string> missing;  // clip truth: people who must be named and never were
};

/// One face of one frame, as the sidecar tells it.
struct SidecarFace {
  cv::Rect2f box;
  int track = 0;
  std::optional<std::string> name;
};

struct SidecarFrame {
  std::int64_t frame = 0;
  double time_ms = 0;
  std::vector<SidecarFace> faces;
};

/// @return the frames by source (a sidecar may hold several). @throws Error kNotFound, kCorrupt naming file
/// and line.
std::map<std::string, std::vector<SidecarFrame>> read_sidecar(const std::filesystem::path& path);

/// Truth a frame: lines {"frame","time_ms","faces":[{"person","box":[x,y,w,h],"visible"}]}
/// (samples/gallery_truth.jsonl). Faces of which less than half is visible are not scored.
/// @param known  the people in the gallery; all others are strangers.
VideoScore score_frames(const std::vector<SidecarFrame>& sidecar, const std::filesystem::path& truth,
                        const std::set<std::string>& known);

/// Truth a clip: {"<clip>":{"allowed":[names],"must":[names]}}. Counts frames right or wrong by name only.
/// @param clip  the entry to score against. @throws Error kInvalidArgument when the truth has no such clip.
VideoScore score_clip(const std::vector<SidecarFrame>& sidecar, const std::filesystem::path& truth,
                      const std::string& clip);

struct ScoredVideo {
  std::string source;
  VideoScore score;
};

/// {"source","frames","seconds","tracks","tracks_right_interval","identity_switches","false_names",
///  "false_names_per_hour","false_names_per_hour_interval","missing"}. Intervals of 95 % (interval.h) take
///  each track by itself; null where
/// there is nothing to tell them from.
nlohmann::ordered_json to_json(const ScoredVideo& video);
/// The figures and who was named when, as a page that opens without a network.
std::string video_html(const std::vector<ScoredVideo>& videos, const std::string& title);
/// Of the share of tracks that bear the right name; nothing without tracks.
std::optional<Interval> right_tracks_interval(const VideoScore& score);
/// Of the false names an hour; nothing without time.
std::optional<Interval> false_names_interval(const VideoScore& score);

}  // namespace kith

// Scores what `kith recognize --json` wrote of a video against the truth: names right, wrong, unknown; switches.
#pragma once

#include <kith/run_info.h>

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

/// What became of the faces of people who are known in the run.
struct Outcomes {
  std::int64_t right = 0;    // the own name
  std::int64_t wrong = 0;    // another name
  std::int64_t unknown = 0;  // no name
  std::int64_t missed = 0;   // not detected
  std::int64_t all() const { return right + wrong + unknown + missed; }
};

/// What became of the faces of strangers: people of the truth who are not known in the run.
struct StrangerOutcomes {
  std::int64_t unnamed = 0;  // as it should be
  std::int64_t named = 0;    // with any name
  std::int64_t missed = 0;   // not detected
  std::int64_t all() const { return unnamed + named + missed; }
};

struct OutcomesOfAll {
  Outcomes known;
  StrangerOutcomes strangers;
};

/// Who is in the truth, by whether the run could name them.
struct TruthPeople {
  std::vector<std::string> known, strangers;
};

struct VideoScore {
  bool clip = false;                  // by the truth of a clip, which cannot tell whose face is whose
  std::optional<TruthPeople> people;  // nothing where it is not known whom the run knew
  OutcomesOfAll frames;   // one count a true face and frame; of a clip right, wrong and unknown only
  OutcomesOfAll seconds;  // the majority of each person's frames in each second
  OutcomesOfAll tracks;   // each track's most frequent name against its most frequent person
  std::int64_t identity_switches = 0;  // a person's (of a clip: a track's) name changed to another name
  std::int64_t false_names = 0;  // tracks that bore a wrong name at any time, on a face or on no face at all
  double hours = 0;
  /// By person, second by second: the majority of the frames in it; an unnamed stranger is right. Of a clip: by name given.
  std::map<std::string, std::map<std::int64_t, Outcome>> timeline;
  std::vector<std::string> missing;  // of a clip: people who must be named and never were
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

/// What a sidecar says.
struct Sidecar {
  std::map<std::string, std::vector<SidecarFrame>> sources;  // one may hold several
  /// Who could be named: by its first line, and who was named later (kith name). Nothing where it has no such line, as
  /// those of Kith 0.1 before provenance.
  std::optional<std::set<std::string>> known;
  /// What makes it less than a whole run: "interrupted", "has no summary: the run died", "2 sources failed", dropped frames.
  std::vector<std::string> notes;
};

/// @throws Error kNotFound, kCorrupt naming file and line.
Sidecar read_sidecar(const std::filesystem::path& path);

/// Truth a frame: lines {"frame","time_ms","faces":[{"person","box":[x,y,w,h],"visible"}]}
/// (samples/gallery_truth.jsonl). Faces of which less than half is visible are not scored.
/// @param known  the people whom the run could name; all others are strangers.
VideoScore score_frames(const std::vector<SidecarFrame>& sidecar, const std::filesystem::path& truth,
                        const std::set<std::string>& known);

/// Truth a clip: {"<clip>":{"allowed":[names],"must":[names]}}. Counts frames right or wrong by name only.
/// @param clip   the entry to score against. @throws Error kInvalidArgument when the truth has no such clip.
/// @param known  as above, where it is known.
VideoScore score_clip(const std::vector<SidecarFrame>& sidecar, const std::filesystem::path& truth,
                      const std::string& clip, const std::optional<std::set<std::string>>& known);

struct ScoredVideo {
  std::string source;
  VideoScore score;
  std::vector<std::string> notes;  // the sidecar's
};

/// "6 of 8 people of the truth are known: ...; strangers: ...", what a score is worth nothing without.
std::string people_text(const TruthPeople& people);

/// docs/schema/evaluate_video.json. Intervals of 95 % (interval.h) take each track for independent; null where the truth
/// cannot tell.
nlohmann::ordered_json to_json(const ScoredVideo& video);
/// The figures and who was named when, as a page that opens without a network.
std::string video_html(const std::vector<ScoredVideo>& videos, const std::string& title,
                       const RunInfo& made_by);
/// Of the share of known people's tracks that bear the right name; nothing without any.
std::optional<Interval> right_tracks_interval(const VideoScore& score);
/// Of the false names an hour; nothing without time.
std::optional<Interval> false_names_interval(const VideoScore& score);

}  // namespace kith

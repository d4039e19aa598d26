#include "evaluate/evaluate_video.h"

#include <kith/error.h>
#include <kith/face.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files.h"

namespace kith {
namespace {
using Json = nlohmann::ordered_json;

constexpr float kMinVisible = 0.5F;
// Truth boxes go from forehead to chin, detectors' boxes vary: the overlap need not be large, only larger
// than a neighbour's.
constexpr float kMinOverlap = 0.25F;

struct TrueFace {
  std::string person;
  cv::Rect2f box;
  float visible = 1;
};

Outcome judge(const std::optional<std::string>& name, const std::string& person, bool known) {
  if (!name) return known ? Outcome::kUnknown : Outcome::kRight;
  return known && *name == person ? Outcome::kRight : Outcome::kWrong;
}

void count(OutcomesOfAll& all, Outcome outcome, bool known) {
  switch (outcome) {
    case Outcome::kRight:
      ++(known ? all.known.right : all.strangers.unnamed);
      break;
    case Outcome::kWrong:
      ++(known ? all.known.wrong : all.strangers.named);
      break;
    case Outcome::kUnknown:
      ++all.known.unknown;  // a stranger without a name is right
      break;
    case Outcome::kMissed:
      ++(known ? all.known.missed : all.strangers.missed);
      break;
  }
}

TruthPeople divide(const std::set<std::string>& people, const std::set<std::string>& known) {
  TruthPeople divided;
  for (const std::string& name : people)
    (known.contains(name) ? divided.known : divided.strangers).push_back(name);
  return divided;
}

cv::Rect2f parse_box(const Json& json) {
  const auto b = json.get<std::array<float, 4>>();
  return {b[0], b[1], b[2], b[3]};
}

// Calls `parse` with every line's JSON; says which line is broken.
template <typename Parse>
void for_each_line(const std::filesystem::path& path, Parse parse) {
  std::istringstream lines(read_file(path));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    try {
      parse(Json::parse(line));
    } catch (const Json::exception& e) {
      throw Error(ErrorCode::kCorrupt, path.string() + ":" + std::to_string(number) + ": " + e.what());
    }
  }
}

std::map<std::int64_t, std::vector<TrueFace>> read_truth(const std::filesystem::path& path) {
  std::map<std::int64_t, std::vector<TrueFace>> truth;
  for_each_line(path, [&](const Json& json) {
    std::vector<TrueFace>& faces = truth[json.at("frame").get<std::int64_t>()];
    for (const Json& face : json.at("faces")) {
      faces.push_back({face.at("person"), parse_box(face.at("box")), face.value("visible", 1.0F)});
    }
  });
  return truth;
}

// The true face that each found face shows, or -1; best overlap first, one to one.
std::vector<int> match(const std::vector<SidecarFace>& found, const std::vector<TrueFace>& truth) {
  struct Pair {
    float overlap;
    std::size_t found, truth;
  };
  std::vector<Pair> pairs;
  for (std::size_t f = 0; f < found.size(); ++f) {
    for (std::size_t t = 0; t < truth.size(); ++t) {
      const float overlap = iou(found[f].box, truth[t].box);
      if (overlap >= kMinOverlap) pairs.push_back({overlap, f, t});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.overlap > b.overlap; });
  std::vector<int> of_found(found.size(), -1);
  std::vector<bool> taken(truth.size());
  for (const Pair& pair : pairs) {
    if (of_found[pair.found] >= 0 || taken[pair.truth]) continue;
    of_found[pair.found] = static_cast<int>(pair.truth);
    taken[pair.truth] = true;
  }
  return of_found;
}

template <typename Key>
Key most_frequent(const std::map<Key, int>& counts) {
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

double length_hours(const std::vector<SidecarFrame>& sidecar) {
  return sidecar.empty() ? 0 : (sidecar.back().time_ms - sidecar.front().time_ms) / 3.6e6;
}

// Gathers what becomes of people, seconds and tracks while the frames go by.
class FrameScorer {
 public:
  explicit FrameScorer(const std::set<std::string>& known) : known_(known) {}

  void add(const SidecarFrame& frame, const std::vector<TrueFace>& truth) {
    const std::vector<int> shown = match(frame.faces, truth);
    std::vector<bool> found(truth.size());
    for (std::size_t f = 0; f < frame.faces.size(); ++f) {
      if (shown[f] < 0) {
        if (frame.faces[f].name) false_tracks_.insert(frame.faces[f].track);
        continue;
      }
      const auto t = static_cast<std::size_t>(shown[f]);
      found[t] = true;
      if (truth[t].visible >= kMinVisible) add_face(frame, frame.faces[f], truth[t].person);
    }
    for (std::size_t t = 0; t < truth.size(); ++t) {
      if (!found[t] && truth[t].visible >= kMinVisible) add_outcome(frame, truth[t].person, Outcome::kMissed);
    }
  }

  VideoScore finish() {
    for (const auto& [when, outcomes] : seconds_) {
      const Outcome outcome = most_frequent(outcomes);
      count(score_.seconds, outcome, known_.contains(when.first));
      score_.timeline[when.first][when.second] = outcome;
    }
    for (const auto& [id, track] : tracks_) {
      const std::string person = most_frequent(track.people);
      const bool known = known_.contains(person);
      count(score_.tracks, judge(most_frequent(track.names), person, known), known);
    }
    score_.false_names = static_cast<std::int64_t>(false_tracks_.size());
    return score_;
  }

 private:
  struct Track {
    std::map<std::string, int> people;
    std::map<std::optional<std::string>, int> names;
  };

  void add_face(const SidecarFrame& frame, const SidecarFace& face, const std::string& person) {
    const Outcome outcome = judge(face.name, person, known_.contains(person));
    add_outcome(frame, person, outcome);
    if (outcome == Outcome::kWrong) false_tracks_.insert(face.track);
    ++tracks_[face.track].people[person];
    ++tracks_[face.track].names[face.name];
    if (!face.name) return;
    const auto [last, is_new] = last_name_.try_emplace(person, *face.name);
    if (!is_new && last->second != *face.name) ++score_.identity_switches;
    last->second = *face.name;
  }

  void add_outcome(const SidecarFrame& frame, const std::string& person, Outcome outcome) {
    count(score_.frames, outcome, known_.contains(person));
    ++seconds_[{person, static_cast<std::int64_t>(frame.time_ms / 1000)}][outcome];
  }

  const std::set<std::string>& known_;
  VideoScore score_;
  std::map<std::pair<std::string, std::int64_t>, std::map<Outcome, int>> seconds_;
  std::map<int, Track> tracks_;
  std::map<std::string, std::string> last_name_;
  std::set<int> false_tracks_;
};

// Whom the run knew, by its sidecar's first line. @return nothing where it does not say.
std::optional<std::set<std::string>> names_of(const Json& made_by) {
  const Json people = made_by.value("people", Json());
  if (people.is_null()) return std::set<std::string>();  // recognised without a gallery
  if (people.value("names", Json()).is_null()) return std::nullopt;
  return people.at("names").get<std::set<std::string>>();
}

// What a summary says of a run that is not whole.
class SidecarNotes {
 public:
  void end(const Json& summary) {
    ended_ = true;
    if (summary.value("interrupted", false)) notes_.emplace_back("the run was interrupted");
    if (const auto failed = summary.value("failed", 0); failed > 0)
      notes_.push_back(std::to_string(failed) + (failed == 1 ? " source" : " sources") +
                       " could not be read");
    if (const auto dropped = summary.value("dropped", 0); dropped > 0)
      notes_.push_back(std::to_string(dropped) + " camera frames were dropped");
  }
  std::vector<std::string> take() {
    if (!ended_) notes_.emplace_back("it has no summary: the run died");
    return std::move(notes_);
  }

 private:
  bool ended_ = false;
  std::vector<std::string> notes_;
};

struct ClipTruth {
  std::set<std::string> allowed, must;
};

ClipTruth read_clip_truth(const std::filesystem::path& path, const std::string& clip) {
  try {
    const Json truth = Json::parse(read_file(path));
    if (!truth.contains(clip))
      throw Error(ErrorCode::kInvalidArgument, path.string() + ": has no clip \"" + clip + "\"");
    return {truth.at(clip).at("allowed").get<std::set<std::string>>(),
            truth.at(clip).at("must").get<std::set<std::string>>()};
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::kCorrupt, path.string() + ": " + e.what());
  }
}

}  // namespace

Sidecar read_sidecar(const std::filesystem::path& path) {
  Sidecar sidecar;
  SidecarNotes notes;
  std::set<std::string> named;
  for_each_line(path, [&](const Json& json) {
    if (json.contains("kith")) sidecar.known = names_of(json.at("kith"));
    if (json.contains("summary")) notes.end(json.at("summary"));
    if (!json.contains("frame")) return;
    SidecarFrame& frame = sidecar.sources[json.at("source")].emplace_back(
        SidecarFrame{json.at("frame"), json.at("time_ms"), {}});
    for (const Json& face : json.at("faces")) {
      SidecarFace& seen =
          frame.faces.emplace_back(SidecarFace{parse_box(face.at("box")), face.at("track"), std::nullopt});
      if (face.at("name").is_null()) continue;
      seen.name = face.at("name").get<std::string>();
      named.insert(*seen.name);
    }
  });
  if (sidecar.known) sidecar.known->merge(named);
  sidecar.notes = notes.take();
  return sidecar;
}

VideoScore score_frames(const std::vector<SidecarFrame>& sidecar, const std::filesystem::path& truth_path,
                        const std::set<std::string>& known) {
  const std::map<std::int64_t, std::vector<TrueFace>> truth = read_truth(truth_path);
  std::set<std::string> people;
  for (const auto& [frame, faces] : truth) {
    for (const TrueFace& face : faces) people.insert(face.person);
  }
  FrameScorer scorer(known);
  for (const SidecarFrame& frame : sidecar) {
    const auto found = truth.find(frame.frame);
    scorer.add(frame, found == truth.end() ? std::vector<TrueFace>{} : found->second);
  }
  VideoScore score = scorer.finish();
  score.people = divide(people, known);
  score.hours = length_hours(sidecar);
  return score;
}

VideoScore score_clip(const std::vector<SidecarFrame>& sidecar, const std::filesystem::path& truth_path,
                      const std::string& clip, const std::optional<std::set<std::string>>& known) {
  const ClipTruth truth = read_clip_truth(truth_path, clip);
  VideoScore score;
  score.clip = true;
  std::set<std::string> must = truth.must;
  std::set<int> false_tracks;
  std::map<int, std::string> last_name;  // of a track
  for (const SidecarFrame& frame : sidecar) {
    for (const SidecarFace& face : frame.faces) {
      if (!face.name) {
        ++score.frames.known.unknown;
        continue;
      }
      must.erase(*face.name);
      const bool right = truth.allowed.contains(*face.name);
      ++(right ? score.frames.known.right : score.frames.known.wrong);
      score.timeline[*face.name][static_cast<std::int64_t>(frame.time_ms / 1000)] =
          right ? Outcome::kRight : Outcome::kWrong;
      if (!right) false_tracks.insert(face.track);
      const auto [last, is_new] = last_name.try_emplace(face.track, *face.name);
      if (!is_new && last->second != *face.name) ++score.identity_switches;
      last->second = *face.name;
    }
  }
  std::set<std::string> people = truth.allowed;
  people.insert(truth.must.begin(), truth.must.end());
  if (known) score.people = divide(people, *known);
  score.false_names = static_cast<std::int64_t>(false_tracks.size());
  score.hours = length_hours(sidecar);
  score.missing.assign(must.begin(), must.end());
  return score;
}

}  // namespace kith

#include <kith/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/rounding.h"
#include "sidecar/relabel.h"

namespace kith {
namespace {
using Json = nlohmann::ordered_json;

constexpr double kTimeStep_ms = 1;  // sidecars round times, so they may differ by a little

std::string file_name(const std::string& source) { return std::filesystem::path(source).filename().string(); }

// One pass over a sidecar's lines. The summary comes last, when all faces have been seen.
class Relabeller {
 public:
  Relabeller(const Relabelling& change, Relabelled& counts) : change_(change), counts_(counts) {}

  /// @return whether the line changed.
  bool line(Json& json) {
    const bool changed = known_line(json);
    if (change_.tracks || !take_out(json)) return changed;
    if (!changed) ++counts_.faces;
    return true;
  }

  const std::set<int>& seen() const { return seen_; }

 private:
  bool known_line(Json& json) {
    if (json.contains("kith") && json.at("kith").is_object()) return made_by(json.at("kith"));
    if (json.contains("faces") && json.at("faces").is_array()) return frame(json);
    if (json.contains("track") && json.at("track").is_object()) return track(json.at("track"));
    if (!json.contains("summary")) return false;
    Json& end = json.at("summary");
    return end.contains("people") && end.at("people").is_array() && summary(end);
  }

  // The name wherever verbs' lines have one (docs/schema); their own words ("unknown", "mtcnn") stay, whatever a person is
  // called. The first line is made_by()'s.
  bool take_out(Json& json) const {
    static const std::set<std::string> kNames = {
        "name",  "frame_name", "nearest", "person", "same_photos_as", "looks_like", "folder",
        "known", "missing",    "names",   "people", "renamed",        "removed"};
    bool changed = false;
    if (json.is_array()) {
      for (Json& value : json) changed = take_out(value) || changed;
    }
    if (!json.is_object()) return changed;
    for (auto& [key, value] : json.items()) {
      if (key == "kith") continue;
      if (key == "confusion" && value.is_object()) {  // keyed by names, twice
        changed = value.erase(change_.name) > 0 || changed;
        for (Json& row : value) changed = (row.is_object() && row.erase(change_.name) > 0) || changed;
        continue;
      }
      if (value.is_structured()) changed = take_out(value) || changed;
      if (!kNames.contains(key)) continue;
      if (value == change_.name) {
        value = nullptr;
        changed = true;
      } else if (value.is_array()) {
        for (Json& one : value) {
          if (one != change_.name) continue;
          one = nullptr;
          changed = true;
        }
      }
    }
    return changed;
  }

  struct SeenIn {
    std::string source;
    std::int64_t frames = 0;
    double first_ms = 0, last_ms = 0;
  };

  // Who could be named stands in the first line: whoever is forgotten goes there too.
  bool made_by(Json& info) {
    if (change_.tracks || !info.value("people", Json()).is_object()) return false;
    Json& names = info["people"]["names"];
    const auto found = std::find(names.begin(), names.end(), change_.name);
    if (found == names.end()) return false;
    names.erase(found);
    ++counts_.faces;
    return true;
  }

  bool frame(Json& json) {
    const std::string source = json.at("source");
    const double time_ms = json.at("time_ms");
    bool changed = false;
    for (Json& face : json.at("faces")) {
      const int id = face.at("track");
      const Json before = face.at("name");
      const bool unclear = face.value("state", "") == "unclear";
      if (change_.tracks ? name_face(face, id, source, time_ms) : forget(face)) {
        changed = true;
        ++counts_.faces;
        if (face.at("name") != before) (unclear ? unclear_ : changed_).insert(id);
      }
      if (face.at("name") == change_.name) count(id, source, time_ms, face.value("confidence", 0.0));
    }
    return changed;
  }

  // The times tell another run's track of the same number from this one's.
  bool name_face(Json& face, int id, const std::string& source, double time_ms) {
    const auto found = change_.tracks->find(id);
    if (found == change_.tracks->end()) return false;
    const Relabelling::Track& track = found->second;
    const bool same = file_name(source) == file_name(track.source) &&
                      time_ms >= track.first_ms - kTimeStep_ms && time_ms <= track.last_ms + kTimeStep_ms;
    if (!same) throw Error(ErrorCode::kCorrupt, "track " + std::to_string(id) + " is not where it was");
    seen_.insert(id);
    if (face.at("name") == change_.name) return false;
    name(face, track);
    face["similarity"] = rounded_score(track.similarity);
    return true;
  }

  void name(Json& object, const Relabelling::Track&) const {
    object["name"] = change_.name;
    if (object.contains("state")) object["state"] = "named";
    object["confidence"] = 1;
  }

  // The name may be the track's, or the frame's own answer beside it.
  bool forget(Json& object) const {
    bool changed = false;
    if (object.value("frame_name", Json()) == change_.name) {
      object["frame_name"] = nullptr;
      object["frame_similarity"] = 0;
      changed = true;
    }
    if (object.at("name") == change_.name) {
      object["name"] = nullptr;
      if (object.contains("state")) object["state"] = "unknown";
      for (const char* key : {"confidence", "similarity"}) {
        if (object.contains(key)) object[key] = 0;
      }
      if (object.contains("evidence")) object["evidence"] = Json::array();
      object.erase("named_by");
      changed = true;
    }
    return changed;
  }

  bool track(Json& track) {
    if (!change_.tracks) {
      if (!forget(track)) return false;
      ++counts_.tracks;
      return true;
    }
    const auto found = change_.tracks->find(track.at("id").get<int>());
    if (found == change_.tracks->end() || track.at("name") == change_.name) return false;
    name(track, found->second);
    track["named_by"] = "kith name";
    ++counts_.tracks;
    return true;
  }

  void count(int id, const std::string& source, double time_ms, double confidence) {
    if (seen_in_.empty() || seen_in_.back().source != source)
      seen_in_.push_back({source, 0, time_ms, time_ms});
    ++seen_in_.back().frames;
    seen_in_.back().last_ms = std::max(seen_in_.back().last_ms, time_ms);
    confidence_ += confidence;
    ++frames_;
    tracks_.insert(id);
  }

  bool summary(Json& summary) {
    Json& people = summary.at("people");
    if (change_.tracks && changed_.empty() && unclear_.empty()) return false;
    const Json before = summary;
    const bool by_source = !people.empty() && people.front().contains("sources");
    const auto mine = std::find_if(people.begin(), people.end(),
                                   [&](const Json& p) { return p.at("name") == change_.name; });
    if (!change_.tracks) {
      if (mine != people.end()) people.erase(mine);
    } else if (mine != people.end()) {
      fill(*mine, by_source);
    } else {
      people.push_back(people.empty() ? Json::object() : people.front());
      fill(people.back(), by_source);
    }
    std::stable_sort(people.begin(), people.end(),
                     [](const Json& a, const Json& b) { return a.at("frames") > b.at("frames"); });
    const auto move = [&](const char* key, std::size_t tracks) {
      if (!summary.contains(key)) return;
      const auto now = static_cast<std::int64_t>(tracks);
      summary[key] =
          std::max<std::int64_t>(0, summary[key].get<std::int64_t>() + (change_.tracks ? -now : now));
    };
    const bool told_apart = summary.contains("unclear_tracks");
    move("unknown_tracks", changed_.size() + (told_apart ? 0 : unclear_.size()));
    move("unclear_tracks", unclear_.size());
    return summary != before;
  }

  void fill(Json& person, bool by_source) const {
    person["name"] = change_.name;
    person["frames"] = frames_;
    person["first_ms"] = rounded_ms(seen_in_.empty() ? 0 : seen_in_.front().first_ms);
    person["last_ms"] = rounded_ms(seen_in_.empty() ? 0 : seen_in_.back().last_ms);
    person["mean_confidence"] =
        rounded_score(confidence_ / static_cast<double>(std::max<std::int64_t>(frames_, 1)));
    person["tracks"] = tracks_.size();
    if (!by_source) return;
    Json& sources = person["sources"] = Json::array();
    for (const SeenIn& seen : seen_in_) {
      sources.push_back({{"source", seen.source},
                         {"frames", seen.frames},
                         {"first_ms", rounded_ms(seen.first_ms)},
                         {"last_ms", rounded_ms(seen.last_ms)}});
    }
  }

  const Relabelling& change_;
  Relabelled& counts_;
  std::set<int> seen_;               // tracks of the change that are there
  std::set<int> changed_, unclear_;  // tracks whose faces changed, by what they were
  std::set<int> tracks_;             // of the person in question, with the figures of all their faces
  std::vector<SeenIn> seen_in_;      // where, in the order of the run
  double confidence_ = 0;
  std::int64_t frames_ = 0;
};

}  // namespace

std::string relabel_json(const std::string& text, const Relabelling& change, const std::string& where,
                         Relabelled& counts) {
  Relabeller relabeller(change, counts);
  std::string out;
  std::size_t number = 0;
  try {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      const std::string line = text.substr(begin, end == std::string::npos ? end : end - begin + 1);
      begin += line.size();
      ++number;
      Json json = Json::parse(line, nullptr, false);
      if (json.is_discarded() && end == std::string::npos) {  // a killed run's last line
        if (!change.tracks && line.find(change.name) != std::string::npos)
          break;         // it names whom nobody shall name
        json = nullptr;  // else it is kept as it is
      }
      if (json.is_discarded()) throw Error(ErrorCode::kCorrupt, "this is no JSON");
      const bool changed = json.is_object() && relabeller.line(json);
      out += changed ? json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n' : line;
    }
    if (change.tracks) {
      for (const auto& [id, track] : *change.tracks) {
        if (!relabeller.seen().contains(id))
          throw Error(ErrorCode::kCorrupt, "it does not show track " + std::to_string(id));
      }
    }
  } catch (const Error& e) {
    throw Error(e.code(), where + ":" + std::to_string(number) + ": was altered or written anew (" +
                              e.what() + "); it is as it was");
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::kCorrupt,
                where + ":" + std::to_string(number) + ": is no sidecar of recognize: " + e.what());
  }
  return out;
}

}  // namespace kith

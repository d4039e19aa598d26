#include <kith/embedder.h>

#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <optional>

#include "face/shared_frames.h"
#include "recognise/labels.h"

namespace kith {
namespace {

class FileLabels final : public Labels {
 public:
  FileLabels(Tracker& tracker, const LabelOptions& options) : tracker_(tracker), options_(options) {}

  void add(LabelledFrame frame, std::shared_ptr<const Identifier> identifier) override {
    identifier_ = std::move(identifier);
    take_ended();
    newest_ms_ = frame.frame.time_ms;
    if (!frame.frame.image.empty()) frame.frame.size = frame.frame.image.size();
    frame.frame.image.release();
    std::vector<int> ids;
    for (const RecognizedFace& face : frame.faces) {
      const auto [entry, is_new] = tracks_.try_emplace(face.track);
      Track& track = entry->second;
      if (is_new) {
        track.id = face.track;
        track.first_ms = newest_ms_;
      }
      track.last_ms = newest_ms_;
      ids.push_back(face.track);
    }
    shared_.add(ids);
    held_.push_back(std::move(frame));
    release_decided();
  }

  void end() override {
    take_ended();
    release_decided();
    close_tracks();  // those that were decided before they ended
    for (Joined& joined : joined_) Labels::release(report_of(joined.history, joined.identity, *identifier_));
    joined_.clear();
  }

 private:
  struct Track {
    int id = 0;  // as written: that of the first of the tracks that were joined
    double first_ms = 0, last_ms = 0;
    bool written = false;         // a frame with it is out: its id stays
    bool settled = false;         // its name stays
    std::int64_t judged_at = -1;  // evidence that `identity` is by
    Identification identity;
    std::optional<TrackHistory> ended;
  };
  // Named tracks that are over, and may be continued.
  struct Joined {
    TrackHistory history;
    Identification identity;
  };

  void take_ended() {
    for (TrackHistory& history : tracker_.take_ended()) {
      const auto track = tracks_.find(history.id);
      if (track == tracks_.end()) continue;
      track->second.last_ms = history.last_ms;  // the tracker may have given its last face to another
      track->second.ended = std::move(history);
    }
  }

  const TrackHistory& history(int track) const {
    const std::optional<TrackHistory>& ended = tracks_.at(track).ended;
    return ended ? *ended : tracker_.history(track);
  }

  void release_decided() {
    while (!held_.empty() && settle(held_.front())) {
      LabelledFrame& front = held_.front();
      for (RecognizedFace& face : front.faces) {
        Track& track = tracks_.at(face.track);
        track.written = true;
        track.settled = track.settled || track.identity.name;
        face.identity = track.identity;
      }
      keep_names_unique(front.faces);
      for (RecognizedFace& face : front.faces) face.track = tracks_.at(face.track).id;
      Labels::release(std::move(front));
      held_.pop_front();
      close_tracks();
      report_old();
    }
  }

  // Names the tracks of the next frame. @return false when it should wait. Tracks that go on come first: one
  // that has ended must not take the name of one that had no chance to show itself.
  bool settle(const LabelledFrame& front) {
    released_ms_ = front.frame.time_ms;
    const bool overdue = newest_ms_ - released_ms_ >= options_.hold_ms;
    for (const RecognizedFace& face : front.faces) {
      Track& track = tracks_.at(face.track);
      if (track.settled || track.ended) continue;
      const TrackHistory& shown = tracker_.history(face.track);
      const bool enough = shown.looks.size() >= TrackHistory::kMostLooks;
      if ((enough || overdue) && shown.evidence != track.judged_at) judge(face.track, shown);
      track.settled = enough && track.identity.name;
      if (!track.settled && !overdue) return false;
    }
    for (const RecognizedFace& face : front.faces) {
      Track& track = tracks_.at(face.track);
      if (track.settled || !track.ended) continue;
      judge(face.track, *track.ended);
      track.settled = true;
    }
    return true;
  }

  // Asks for a track beside those that share frames with it: one name each.
  void judge(int id, const TrackHistory& shown) {
    Track& track = tracks_.at(id);
    track.judged_at = shown.evidence;
    if (!track.written) track.id = shown.id;
    if (shown.fused.empty()) {
      track.identity.state = IdentityState::kUnclear;
      return;
    }
    std::vector<Embedding> fused{shown.fused};
    std::vector<float> qualities{shown.best_quality};
    std::vector<const Track*> others;
    for (const auto& [other_id, other] : tracks_) {
      if (other_id == id || !shared_.are_two_people(id, other_id)) continue;
      const TrackHistory& beside = history(other_id);
      if (beside.fused.empty()) continue;
      others.push_back(&other);
      fused.push_back(beside.fused);
      qualities.push_back(beside.best_quality);
    }
    const std::vector<Identification> answers = identifier_->identify(fused, qualities);
    track.identity = answers.front();
    for (std::size_t i = 0; i < others.size() && track.identity.name; ++i) {
      const bool has_it = others[i]->settled && others[i]->identity.name == track.identity.name;
      if (!has_it || answers[i + 1].name == track.identity.name) continue;  // the latter: names may repeat
      track.identity.name.reset();
      track.identity.state = IdentityState::kUnknown;
    }
    if (track.identity.name && !track.written) join(track, shown);
  }

  // Tracks of one person may share a frame, where the face was found twice: the likelier one keeps the name there.
  void keep_names_unique(std::vector<RecognizedFace>& faces) const {
    for (std::size_t i = 1; i < faces.size(); ++i) {
      for (std::size_t k = 0; k < i && faces[i].identity.name; ++k) {
        if (faces[k].identity.name != faces[i].identity.name) continue;
        const std::vector<Embedding> fused{history(faces[k].track).fused, history(faces[i].track).fused};
        const std::vector<Identification> answers = identifier_->identify(fused);
        if (answers[0].name == answers[1].name) continue;  // names may repeat
        Identification& less = faces[answers[0].name == faces[i].identity.name ? i : k].identity;
        less.name.reset();
        less.state = IdentityState::kUnknown;
      }
    }
  }

  void join(Track& track, const TrackHistory& shown) {
    for (const Joined& before : joined_) {
      const bool follows = before.history.last_ms < track.first_ms &&
                           track.first_ms - before.history.last_ms <= options_.join_ms;
      if (!follows || before.identity.name != track.identity.name || is_continued(before.history.id) ||
          similarity(before.history.fused, shown.fused) < options_.join_similarity)
        continue;
      track.id = before.history.id;
    }
  }

  bool is_continued(int id) const {
    return std::any_of(tracks_.begin(), tracks_.end(),
                       [id](const auto& entry) { return entry.second.id == id; });
  }

  // Tracks of which every frame is out.
  void close_tracks() {
    for (auto entry = tracks_.begin(); entry != tracks_.end();) {
      Track& track = entry->second;
      if (!track.ended || track.last_ms > released_ms_) {
        ++entry;
        continue;
      }
      if (!track.settled) judge(entry->first, *track.ended);
      close(track);
      shared_.forget(entry->first);
      entry = tracks_.erase(entry);
    }
  }

  void close(Track& track) {
    if (!track.identity.name) {
      Labels::release(report_of(*track.ended, track.identity, *identifier_));
      return;
    }
    const auto before = std::find_if(joined_.begin(), joined_.end(),
                                     [&](const Joined& joined) { return joined.history.id == track.id; });
    if (before == joined_.end()) {
      joined_.push_back({std::move(*track.ended), track.identity});
      return;
    }
    before->history.append(*track.ended);
    const Identification together = identifier_->identify({&before->history.fused, 1}).front();
    if (together.name == before->identity.name) before->identity = together;
  }

  void report_old() {
    for (auto joined = joined_.begin(); joined != joined_.end();) {
      const bool open =
          released_ms_ - joined->history.last_ms <= options_.join_ms || is_continued(joined->history.id);
      if (open) {
        ++joined;
        continue;
      }
      Labels::release(report_of(joined->history, joined->identity, *identifier_));
      joined = joined_.erase(joined);
    }
  }

  std::shared_ptr<const Identifier> identifier_;  // set by the first frame
  Tracker& tracker_;
  LabelOptions options_;
  std::deque<LabelledFrame> held_;
  std::map<int, Track> tracks_;  // by the tracker's id; those not yet closed
  SharedFrames shared_;
  std::list<Joined> joined_;
  double newest_ms_ = 0, released_ms_ = 0;
};

}  // namespace

std::unique_ptr<Labels> make_file_labels(Tracker& tracker, const LabelOptions& options) {
  return std::make_unique<FileLabels>(tracker, options);
}

}  // namespace kith

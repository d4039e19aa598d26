#include <kith/embedder.h>

#include <map>
#include <utility>

#include "recognise/labels.h"

namespace kith {
namespace {

class LiveLabels final : public Labels {
 public:
  explicit LiveLabels(Tracker& tracker) : tracker_(tracker) {}

  // All running tracks of the frame are asked about again: who is known may have changed.
  void add(LabelledFrame frame, std::shared_ptr<const Identifier> identifier) override {
    report_ended();
    std::vector<RecognizedFace*> known;
    std::vector<Embedding> fused;
    std::vector<float> qualities;
    for (RecognizedFace& face : frame.faces) {
      const TrackHistory& track = tracker_.history(face.track);
      face.identity.state = IdentityState::kUnclear;
      if (track.fused.empty()) continue;  // nobody has looked at it yet
      known.push_back(&face);
      fused.push_back(track.fused);
      qualities.push_back(track.best_quality);
    }
    std::vector<Identification> identities = identifier->identify(fused, qualities);
    for (std::size_t i = 0; i < known.size(); ++i) known[i]->identity = std::move(identities[i]);
    for (const RecognizedFace& face : frame.faces) last_[face.track] = {face.identity, identifier};
    release(std::move(frame));
  }

  void end() override { report_ended(); }

 private:
  struct Answer {
    Identification identity;
    std::shared_ptr<const Identifier> by;
  };

  // A track's last answer is by all that it has shown, beside the others of its last frame.
  void report_ended() {
    for (const TrackHistory& track : tracker_.take_ended()) {
      const auto last = last_.find(track.id);
      if (last == last_.end()) continue;  // no frame was ever written with it
      release(report_of(track, last->second.identity, *last->second.by));
      last_.erase(last);
    }
  }

  Tracker& tracker_;
  std::map<int, Answer> last_;  // of running tracks
};

}  // namespace

std::unique_ptr<Labels> make_live_labels(Tracker& tracker) { return std::make_unique<LiveLabels>(tracker); }

TrackReport report_of(const TrackHistory& track, const Identification& identity,
                      const Identifier& identifier) {
  TrackReport report;
  report.source = track.source;
  report.id = track.id;
  report.identity = identity;
  report.first_ms = track.first_ms;
  report.last_ms = track.last_ms;
  report.first_frame = track.first_frame;
  report.last_frame = track.last_frame;
  report.frames = track.frames;
  report.fused = track.fused;
  report.quality = track.best_quality;
  report.chip = track.best_chip;
  for (const TrackHistory::Look& look : track.looks) {
    report.evidence.push_back(
        {look.frame, identifier.similarity(look.embedding, identity.nearest), look.quality});
  }
  return report;
}

}  // namespace kith

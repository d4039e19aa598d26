#include <kith/embedder.h>

#include <map>
#include <utility>

#include "recognise/labels.h"

namespace kith {
namespace {

class LiveLabels final : public Labels {
 public:
  LiveLabels(const Identifier& identifier, Tracker& tracker, const LabelOptions& options)
      : identifier_(identifier), tracker_(tracker), options_(options) {}

  void add(LabelledFrame frame) override {
    report_ended();
    std::vector<Embedding> fused;
    std::vector<float> qualities;
    for (const RecognizedFace& face : frame.faces) {
      fused.push_back(tracker_.fused(face.track));
      qualities.push_back(tracker_.history(face.track).best_quality);
    }
    std::vector<Identification> identities = identifier_.identify(fused, qualities);
    for (std::size_t i = 0; i < frame.faces.size(); ++i) {
      frame.faces[i].identity = last_[frame.faces[i].track] = std::move(identities[i]);
    }
    release(std::move(frame));
  }

  void end() override { report_ended(); }

 private:
  // A track's last answer is by all that it has shown, beside the others of its last frame.
  void report_ended() {
    for (const TrackHistory& track : tracker_.take_ended()) {
      release(report_of(track, last_[track.id], identifier_));
      last_.erase(track.id);
    }
  }

  const Identifier& identifier_;
  Tracker& tracker_;
  const LabelOptions& options_;
  std::map<int, Identification> last_;  // of running tracks
};

}  // namespace

std::unique_ptr<Labels> make_live_labels(const Identifier& identifier, Tracker& tracker,
                                         const LabelOptions& options) {
  return std::make_unique<LiveLabels>(identifier, tracker, options);
}

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

// Labels: which name and id the faces of a frame bear. The tracker says which faces belong together, the
// identifier who somebody is; here it is settled when to ask and what is written.
//
// Of a video file the frames are held back (without their pictures) until the tracks in them have ended or
// are named by as many good looks as a track keeps, but for 20 s of video at most: a track that is named late
// is so named from its first frame, never changes its name, and continues the id of an earlier track of the
// same person. A track that goes on without a name for longer may get one later on. Pictures come from
// decoding the file a second time behind the first (Pipeline::run): that costs a tenth of looking for faces,
// and keeping them would take gigabytes or a lossy copy.
//
// Frames of cameras, photos, and of whatever someone watches are labelled at once, by what is known so far.
#pragma once

#include <kith/identifier.h>
#include <kith/sink.h>
#include <kith/tracker.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kith {

/// A frame whose faces bear the tracker's ids; Labels gives them names.
struct LabelledFrame {
  Frame frame;
  std::vector<RecognizedFace> faces;
};

/// What a sink gets next: the one or the other.
struct Labelled {
  std::optional<LabelledFrame> frame;
  std::optional<TrackReport> track;
};

struct LabelOptions {
  double hold_ms = 20'000;       // of video, at most
  double join_ms = 20'000;       // a track continues one that ended so long ago at most
  float join_similarity = 0.5F;  // cosine of two tracks of one name that become one
};

/// Not thread-safe.
class Labels {
 public:
  virtual ~Labels() = default;
  /// Takes the next frame; call after the tracker has taken it. @param identifier  who is known now.
  virtual void add(LabelledFrame frame, std::shared_ptr<const Identifier> identifier) = 0;
  /// Call when the source is at its end, after Tracker::end_all().
  virtual void end() = 0;
  /// What can be written now.
  std::vector<Labelled> take() { return std::exchange(ready_, {}); }

 protected:
  void release(LabelledFrame frame) { ready_.push_back({std::move(frame), std::nullopt}); }
  void release(TrackReport track) { ready_.push_back({std::nullopt, std::move(track)}); }

 private:
  std::vector<Labelled> ready_;
};

/// For files: held back. The tracker must outlive the object.
std::unique_ptr<Labels> make_file_labels(Tracker& tracker, const LabelOptions& options);
/// For all else: at once. The tracker must outlive the object.
std::unique_ptr<Labels> make_live_labels(Tracker& tracker);

TrackReport report_of(const TrackHistory& track, const Identification& identity,
                      const Identifier& identifier);

}  // namespace kith

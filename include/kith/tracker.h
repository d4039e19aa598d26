// Tracker: faces of successive frames -> tracks with stable ids. Fourth stage of the pipeline (pipeline.h).
#pragma once

#include <kith/export.h>
#include <kith/face.h>
#include <kith/frame.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kith {

struct TrackerOptions {
  double max_gap_ms = 1000;   // a track survives this long without a face
  float min_overlap = 0.25F;  // IoU of the predicted and the detected box that continues a track, (0, 1)
  int evidence_every = 5;     // a steady track is embedded again after this many frames
  float same_person =
      0.2F;  // cosine of a new embedding to the track's own below which the face is someone else's
};

/// Which face of the frame before a face is, by its index there, where that is known.
using Origin = std::optional<std::size_t>;

/// One face of one frame, as a member of a track.
struct TrackedFace {
  int track = 0;                // >= 1, unique within a run
  bool wants_embedding = true;  // this frame would add evidence
};

/// What a track has shown so far. Of its evidence the kMostLooks pieces of most weight are kept and make up `fused`, so
/// that memory does not grow with time and a few good looks are not outvoted by many poor ones.
struct TrackHistory {
  static constexpr std::size_t kMostLooks = 16;
  struct Look {
    std::int64_t frame = 0;
    float quality = 0;    // q in [0, 1], larger is better (quality.h); its weight is q^2 / (1 - q^2)
    Embedding embedding;  // unit vector
  };
  int id = 0;
  std::string source;
  double first_ms = 0, last_ms = 0;
  std::int64_t first_frame = 0, last_frame = 0;
  std::int64_t frames = 0;    // in which it has a face
  std::int64_t evidence = 0;  // embeddings so far, also those not kept
  std::vector<Look> looks;    // by frame
  Embedding fused;            // their weighted mean, a unit vector; empty without evidence
  float best_quality = 0;
  Chip best_chip;  // of that look

  /// Takes over what a later track of the same person has shown.
  void append(const TrackHistory& later);
};

/// Not thread-safe: frames come in order.
class KITH_EXPORT Tracker {
 public:
  explicit Tracker(const TrackerOptions& options = {});
  ~Tracker();
  Tracker(Tracker&&) noexcept;
  Tracker& operator=(Tracker&&) noexcept;

  /// Continues tracks as the origins say, the others by motion and overlap, starts new ones, ends the lost. A photo,
  /// another source, another size and a cut end all tracks.
  /// @param detected  false: the faces lie between those of other frames, and give no evidence.
  /// @param origins  one a face, or none; the frame before is the last that update() was given.
  /// @return one entry a face, in order.
  std::vector<TrackedFace> update(const Frame& frame, std::span<const Face> faces, bool detected = true,
                                  std::span<const Origin> origins = {});
  /// Adds an embedding with its weight to a track of this frame. Where it contradicts the track's evidence, someone else
  /// took the place: a new track begins.
  /// @param quality  [0, 1], larger is better (quality.h).
  /// @param chip  what was embedded; kept, not copied, when it is the best so far. May be empty.
  /// @return the track that the face belongs to.
  int add_evidence(int track, const Embedding& embedding, float quality, const Chip& chip = {});
  /// A running track's. Valid until the next change.
  const TrackHistory& history(int track) const;
  /// The weighted mean of a running track's evidence, a unit vector; empty without evidence.
  const Embedding& fused(int track) const { return history(track).fused; }
  /// Ends all tracks: the source is at its end.
  void end_all();
  /// The tracks that have ended since the last call.
  std::vector<TrackHistory> take_ended();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith

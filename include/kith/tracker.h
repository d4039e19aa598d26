// Tracker: faces of successive frames -> tracks with stable ids. Fourth stage of the pipeline (pipeline.h).
#pragma once

#include <kith/face.h>
#include <kith/frame.h>

#include <memory>
#include <span>
#include <vector>

namespace kith {

struct TrackerOptions {
  double max_gap_ms = 1000;       // a track survives this long without a face
  float min_overlap = 0.25F;      // IoU of the predicted and the detected box that continues a track, (0, 1)
  int evidence_every = 5;         // a steady track is embedded again after this many frames
  float same_person = 0.2F;       // cosine of a new embedding to the track's own below which the face is someone else's
};

/// One face of one frame, as a member of a track.
struct TrackedFace {
  int track = 0;                  // >= 1, unique within a run
  bool wants_embedding = true;    // this frame would add evidence
};

/// Not thread-safe: frames come in order.
class Tracker {
 public:
  explicit Tracker(const TrackerOptions& options = {});
  ~Tracker();
  Tracker(Tracker&&) noexcept;
  Tracker& operator=(Tracker&&) noexcept;

  /// Continues tracks by motion and overlap, starts new ones, ends the lost. A photo, another source and a cut end all
  /// tracks.
  /// @return one entry a face, in order.
  std::vector<TrackedFace> update(const Frame& frame, std::span<const Face> faces);
  /// Adds an embedding with its weight to a track of this frame. Where it contradicts the track's evidence, someone else
  /// took the place: a new track begins.
  /// @param quality  [0, 1], larger is better (face/quality.h). @return the track that the face belongs to.
  int add_evidence(int track, const Embedding& embedding, float quality);
  /// The quality-weighted mean of a track's evidence, a unit vector; empty without evidence.
  const Embedding& fused(int track) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith

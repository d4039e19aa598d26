// Pipeline: frames -> faces -> tracks -> names -> sinks. START HERE.
//
//   FrameSource -> Detector -> LandmarkRefiner -> align() -> Embedder -> Tracker -> Identifier -> Sink
//   frame.h        detector.h  landmarks.h        aligner.h  embedder.h  tracker.h  identifier.h  sink.h
#pragma once

#include <kith/error.h>
#include <kith/export.h>
#include <kith/frame.h>
#include <kith/gallery.h>
#include <kith/identifier.h>
#include <kith/sink.h>
#include <kith/stages.h>
#include <kith/tracker.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace kith {

struct PipelineOptions {
  TrackerOptions tracking;
  /// Videos and cameras: look for faces in one frame in so many at least, and wherever something changes
  /// (between them faces are followed); 1 = in every frame, 0 = as many as gains.
  int detect_every = 0;
};

/// Who is known now. May be asked from another thread than the caller's; must not return null.
using IdentifierSource = std::function<std::shared_ptr<const Identifier>()>;

/// Recognises sources, one after the other. Not thread-safe; runs its stages on threads of its own.
class KITH_EXPORT Pipeline {
 public:
  /// @param stages  must outlive the object.
  Pipeline(const Stages& stages, Identifier identifier, const PipelineOptions& options = {});
  /// The identifiers are asked for at each photo and each frame of a camera, so that a running camera names a new person at
  /// once; and once for a video file, whose tracks have one name from end to end.
  Pipeline(const Stages& stages, IdentifierSource identifiers, const PipelineOptions& options = {});
  ~Pipeline();
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;

  /// Reads the source to its end, or until `stop` becomes true or the sink wants to stop. The caller finishes the sink with
  /// summary() after the last source.
  /// The faces of a video file are labelled in a second pass, behind the first, if it can be read again or
  /// the sink does without pictures; unless the sink is live.
  /// A photo that cannot be read or recognised is written as a failure; a video or camera ends there, and the failure names
  /// it. Either counts as failed, and other sources get their turn.
  /// @throws what the sink threw; what was written stays.
  void run(FrameSource& source, Sink& sink, const std::atomic<bool>& stop);
  /// Counts an input that could not even be opened and tells the sink.
  void fail(const std::string& input, const std::string& why, Sink& sink);
  /// What all sources so far have shown.
  Summary summary() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith

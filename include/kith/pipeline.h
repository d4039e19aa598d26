// Pipeline: frames -> faces -> tracks -> names -> sinks. START HERE. The loop is Pipeline::run in src/recognise/pipeline.cpp.
//
//   FrameSource -> Detector -> LandmarkRefiner -> align() -> Embedder -> Tracker -> Identifier -> Sink
//   frame.h        detector.h  landmarks.h        aligner.h  embedder.h  tracker.h  identifier.h  sink.h
#pragma once

#include <kith/export.h>
#include <kith/error.h>
#include <kith/frame.h>
#include <kith/gallery.h>
#include <kith/identifier.h>
#include <kith/sink.h>
#include <kith/stages.h>
#include <kith/tracker.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// Adds up a Summary, source by source and frame by frame.
class KITH_EXPORT Tally {
 public:
  void begin(const SourceInfo& source);
  void add(const Frame& frame, std::span<const RecognizedFace> faces);
  void add(const TrackReport& track);
  void add_dropped(std::int64_t frames) { counts_.dropped += frames; }
  /// @return people by frames, descending; their tracks, and those without a name, counted.
  Summary summary() const;

 private:
  Summary counts_;
  std::string source_;
  std::map<std::string, Summary::PersonSeen> people_;  // mean_confidence holds the sum
};

struct PipelineOptions {
  TrackerOptions tracking;
  /// Videos and cameras: look for faces in one frame in so many at least, and wherever something changes
  /// (src/recognise/sparse_detection.h); 1 = in every frame, 0 = as many as gains (kAutoFile, kAutoCamera in pipeline.cpp).
  int detect_every = 0;
};

struct Detected;
struct LabelOptions;
struct Labelled;
class Labels;

/// Recognises sources, one after the other. Not thread-safe; runs its stages on threads of its own.
class KITH_EXPORT Pipeline {
 public:
  Pipeline(const Stages& stages, Identifier identifier, const PipelineOptions& options = {});
  /// Reads the source to its end, or until `stop` becomes true or the sink wants to stop. The caller finishes the sink with
  /// summary() after the last source.
  /// The faces of a video file are labelled in a second pass, behind the first (src/recognise/labels.h), if it can be read again or
  /// the sink does without pictures; unless the sink is live.
  /// A source that dies on the way counts as failed. @throws Error what the sink threw; what was written stays.
  void run(FrameSource& source, Sink& sink, const std::atomic<bool>& stop);
  /// Counts an input that could not even be opened and tells the sink.
  void fail(const std::string& input, const std::string& why, Sink& sink);
  /// What all sources so far have shown.
  Summary summary() const { return tally_.summary(); }

 private:
  LabelOptions label_options() const;
  std::optional<std::vector<Labelled>> label(std::optional<Detected> next, Labels& labels);
  std::vector<RecognizedFace> recognize(const Frame& frame, const std::vector<Face>& faces, bool detected);
  void write(Labelled& item, Sink& sink);

  const Stages& stages_;
  Identifier identifier_;
  PipelineOptions options_;
  Tracker tracker_;
  Tally tally_;
};

}  // namespace kith

#include <kith/error.h>
#include <kith/pipeline.h>

#include <algorithm>
#include <chrono>

#include "core/address.h"
#include "core/foreign_error.h"
#include "recognise/ahead.h"
#include "recognise/ending.h"
#include "recognise/recognition.h"
#include "recognise/second_reading.h"

namespace kith {
namespace {

// The frame becomes its own failure: it is written as one, counted, and whatever comes next gets its turn.
void fail_frame(Frame& frame, const std::exception& e) {
  frame.failure = describe(e);
  frame.image.release();
}

Frame last_words(const std::string& source, const std::exception& e) {
  Frame last;
  last.source = source;
  fail_frame(last, e);
  return last;
}

std::function<std::optional<Frame>()> reader(FrameSource& source, std::function<bool()> stop) {
  return [&source, stop = std::move(stop), died = false]() mutable -> std::optional<Frame> {
    if (stop() || died) return std::nullopt;
    try {
      return source.next();
    } catch (const std::exception& e) {
      died = true;
      return last_words(source.info().name, e);
    }
  };
}

// A file may run a few frames ahead, which evens out frames of unequal cost; a camera must not lag.
std::size_t queue_depth(const SourceInfo& source) { return source.kind == SourceKind::kCamera ? 1 : 3; }

// One frame in so many is looked at where nothing changes. Longer stretches gain little, since what is left
// is mostly decoding, and miss more of the faces that come and go (docs/performance.md).
constexpr int kAutoFile = 8;
constexpr int kAutoCamera = 3;  // where boxes only go on as they did
// After so long motion is not trusted any more, as in the tracker.
constexpr double kCameraReach_ms = 250;
// The pictures that a stretch holds back may take this much.
constexpr std::int64_t kStretchBytes = 48'000'000;

SparseDetectionOptions sparse_detection(const SourceInfo& source, const PipelineOptions& options) {
  SparseDetectionOptions sparse;
  sparse.look_ahead = source.kind == SourceKind::kVideo;
  sparse.reach_ms = sparse.look_ahead ? options.tracking.max_gap_ms : kCameraReach_ms;
  if (options.detect_every > 0) {
    sparse.every = options.detect_every;
  } else {
    const std::int64_t frame = std::max<std::int64_t>(std::int64_t{source.size.area()} * 3, 1);
    const int affordable = static_cast<int>(std::clamp<std::int64_t>(kStretchBytes / frame, 2, kAutoFile));
    sparse.every = sparse.look_ahead ? affordable : kAutoCamera;
  }
  return sparse;
}

using Frames = std::function<std::optional<Frame>()>;
using Detection = std::function<std::optional<Detected>()>;
using Detect = std::function<std::vector<Face>(const cv::Mat&)>;

// A photo that cannot be looked at fails by itself.
Detection photo_detection(Frames frames, Detect detect) {
  return [detect = std::move(detect), frames = std::move(frames)]() -> std::optional<Detected> {
    std::optional<Frame> frame = frames();
    if (!frame) return std::nullopt;
    Detected item{.frame = std::move(*frame), .faces = {}, .origins = {}, .detected = true};
    if (item.frame.failure) return item;
    try {
      item.faces = detect(item.frame.image);
    } catch (const std::exception& e) {
      fail_frame(item.frame, e);
    }
    return item;
  };
}

// A video or camera ends there.
Detection video_detection(Frames frames, Detect detect, const SourceInfo& source,
                          const PipelineOptions& options) {
  auto detection = std::make_shared<SparseDetection>(std::move(frames), std::move(detect),
                                                     sparse_detection(source, options));
  return [detection, name = source.name, died = false]() mutable -> std::optional<Detected> {
    if (died) return std::nullopt;
    try {
      return detection->next();
    } catch (const std::exception& e) {
      died = true;
      return Detected{.frame = last_words(name, e), .faces = {}, .origins = {}, .detected = true};
    }
  };
}

// Null where the file cannot be had a second time.
std::unique_ptr<FrameSource> again(const FrameSource& source) {
  try {
    return source.again();
  } catch (const Error&) {
    return nullptr;
  }
}

constexpr auto kIdle = std::chrono::milliseconds(50);

}  // namespace

Recognition::Recognition(Seeing seeing, IdentifierSource identifiers, const PipelineOptions& options)
    : seeing_(std::move(seeing)),
      identifiers_(std::move(identifiers)),
      options_(options),
      tracker_(options.tracking) {}

// Decoding, detection and recognition each have a thread. The sink stays on the caller's: a window belongs to
// the thread that opened it.
void Recognition::run(FrameSource& source, Sink& sink, const std::atomic<bool>& stop) {
  const SourceInfo& info = source.info();
  const std::size_t depth = queue_depth(info);
  const bool held_back = info.kind == SourceKind::kVideo && !sink.is_live();
  SecondReading pictures(held_back && sink.wants_pictures() ? again(source) : nullptr);
  const bool second_pass = held_back && (!sink.wants_pictures() || pictures.is_open());
  Naming names = naming(info, second_pass);
  sink.begin(info);
  tally_.begin(info);
  Ending ending(source, stop);
  std::atomic<std::int64_t> looked_at = 0;
  Ahead<Frame> frames(depth, reader(source, [&] { return ending.asked(); }));
  const Frames next_frame = [&] { return frames.next(); };
  const bool of_film = is_moving(info.kind);
  const Detect detect = [&](const cv::Mat& image) {
    return ending.asked() ? std::vector<Face>{} : seeing_.detect(image, of_film);
  };
  const Detection look =
      of_film ? video_detection(next_frame, detect, info, options_) : photo_detection(next_frame, detect);
  Ahead<Detected> detected(depth, [&] { return ending.unless_asked([&] { return look(); }); });
  Ahead<std::vector<Labelled>> labelled(depth, [&] {
    std::optional<Detected> next = names.died ? std::nullopt : detected.next();
    if (next) ++looked_at;
    return label(std::move(next), names);
  });
  const auto wait = [&] {
    while (!labelled.wait_for(kIdle)) {
      sink.idle();
      if (sink.wants_stop()) ending.ask();
    }
  };
  const StopAtExit no_longer(source);
  std::optional<double> written_ms;
  for (wait(); std::optional<std::vector<Labelled>> ready = labelled.next(); wait()) {
    for (Labelled& item : *ready) {
      if (item.frame && !second_pass && ending.by_sink()) continue;
      if (pictures.is_open() && ending.is_late() && is_later(item, written_ms)) continue;
      if (item.frame && pictures.is_open()) pictures.fetch(item.frame->frame);
      if (item.frame) written_ms = item.frame->frame.time_ms;
      write(item, sink);
      item = {};  // its picture: a batch may be 20 s of video
    }
    sink.progress(looked_at);
    if (sink.wants_stop()) ending.ask();
  }
  tally_.add_dropped(source.dropped());
}

// One file is named by what is known at its start, so that a track has one name.
Recognition::Naming Recognition::naming(const SourceInfo& source, bool held_back) {
  if (!held_back) return {identifiers_, make_live_labels(tracker_), !is_moving(source.kind)};
  LabelOptions labelling;
  labelling.join_similarity = seeing_.same_track.value_or(labelling.join_similarity);
  return {[fixed = identifiers_()] { return fixed; }, make_file_labels(tracker_, labelling), false};
}

// What can be written after one more frame, or after the last (`next` empty); nullopt when that has been
// asked before.
std::optional<std::vector<Labelled>> Recognition::label(std::optional<Detected> next, Naming& names) {
  if (next) {
    const std::shared_ptr<const Identifier> identifier = names.identifiers();
    LabelledFrame frame;
    try {
      frame.faces = recognize(*next, *identifier);
    } catch (const std::exception& e) {
      fail_frame(next->frame, e);
      names.died = !names.goes_on;
    }
    frame.frame = std::move(next->frame);
    names.labels->add(std::move(frame), identifier);
    return names.labels->take();
  }
  tracker_.end_all();
  names.labels->end();
  std::vector<Labelled> last = names.labels->take();
  return last.empty() ? std::nullopt : std::optional(std::move(last));
}

void Recognition::write(Labelled& item, Sink& sink) {
  if (item.frame) {
    sink.write(item.frame->frame, item.frame->faces);
    tally_.add(item.frame->frame, item.frame->faces);
  }
  if (item.track) {
    sink.track(*item.track);
    tally_.add(*item.track);
  }
}

// The faces with their tracks; named by Labels.
std::vector<RecognizedFace> Recognition::recognize(const Detected& seen, const Identifier& identifier) {
  if (seen.frame.failure) return {};
  const std::vector<TrackedFace> tracked =
      tracker_.update(seen.frame, seen.faces, seen.detected, seen.origins);
  std::vector<RecognizedFace> recognized;
  std::vector<Face> wanted;
  std::vector<std::size_t> owners;
  for (std::size_t i = 0; i < seen.faces.size(); ++i) {
    recognized.push_back({.face = seen.faces[i],
                          .track = tracked[i].track,
                          .identity = {},
                          .detected = seen.detected,
                          .own = {}});
    if (!tracked[i].wants_embedding || seen.frame.damaged) continue;  // a made-up face is nobody's
    wanted.push_back(seen.faces[i]);
    owners.push_back(i);
  }
  const std::vector<SeenFace> looks = seeing_.see(seen.frame.image, wanted);
  std::vector<Embedding> embeddings;
  std::vector<float> qualities;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    int& track = recognized[owners[i]].track;
    track = tracker_.add_evidence(track, looks[i].embedding, looks[i].quality, looks[i].chip);
    embeddings.push_back(looks[i].embedding);
    qualities.push_back(looks[i].quality);
  }
  std::vector<Identification> own = identifier.identify(embeddings, qualities);
  for (std::size_t i = 0; i < looks.size(); ++i) {
    recognized[owners[i]].own = std::move(own[i]);
    recognized[owners[i]].quality = looks[i].quality;
  }
  return recognized;
}

void Recognition::fail(const std::string& input, const std::string& why, Sink& sink) {
  Frame frame;
  frame.source = shown_address(input);
  frame.failure = why;
  tally_.add(frame, {});
  sink.write(frame, {});
}

namespace {

// Two tracks of one name are one person's where their cosine is above that of different people's pictures at
// this rate.
constexpr double kSameTrack = 1e-3;

Seeing seeing_of(const Stages& stages) {
  Seeing seeing;
  seeing.detect = [&stages](const cv::Mat& image, bool of_film) {
    return stages.detect(image, {.of_film = of_film});
  };
  seeing.see = [&stages](const cv::Mat& image, std::span<const Face> faces) {
    return stages.see(image, faces);
  };
  seeing.same_track = threshold_at(stages.embedder().calibration(), kSameTrack);
  return seeing;
}

}  // namespace

struct Pipeline::Impl {
  Recognition recognition;
};

Pipeline::Pipeline(const Stages& stages, IdentifierSource identifiers, const PipelineOptions& options)
    : impl_(std::make_unique<Impl>(Impl{Recognition(seeing_of(stages), std::move(identifiers), options)})) {}
Pipeline::Pipeline(const Stages& stages, Identifier identifier, const PipelineOptions& options)
    : Pipeline(
          stages, [always = std::make_shared<const Identifier>(std::move(identifier))] { return always; },
          options) {}
Pipeline::~Pipeline() = default;
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;

void Pipeline::run(FrameSource& source, Sink& sink, const std::atomic<bool>& stop) {
  impl_->recognition.run(source, sink, stop);
}

void Pipeline::fail(const std::string& input, const std::string& why, Sink& sink) {
  impl_->recognition.fail(input, why, sink);
}

Summary Pipeline::summary() const { return impl_->recognition.summary(); }

}  // namespace kith

#include <kith/error.h>
#include <kith/pipeline.h>

#include <algorithm>
#include <chrono>

#include "core/address.h"
#include "face/quality.h"
#include "recognise/ahead.h"
#include "recognise/ending.h"
#include "recognise/labels.h"
#include "recognise/second_reading.h"
#include "recognise/sparse_detection.h"

namespace kith {
namespace {

// A source that dies becomes its last frame's failure: it is counted, and the next source gets its turn.
std::function<std::optional<Frame>()> reader(FrameSource& source, std::function<bool()> stop) {
  return [&source, stop = std::move(stop), died = false]() mutable -> std::optional<Frame> {
    if (stop() || died) return std::nullopt;
    try {
      return source.next();
    } catch (const Error& e) {
      died = true;
      Frame last;
      last.source = source.info().name;
      last.failure = e.what();
      return last;
    }
  };
}

bool is_moving(const SourceInfo& source) {
  return source.kind == SourceKind::kVideo || source.kind == SourceKind::kCamera;
}

// A file may run a few frames ahead, which evens out frames of unequal cost; a camera must not lag.
std::size_t queue_depth(const SourceInfo& source) { return source.kind == SourceKind::kCamera ? 1 : 3; }

// One frame in so many is looked at where nothing changes. Longer stretches gain little, since what is left
// is mostly decoding, and miss more of the faces that come and go (docs/performance.md).
constexpr int kAutoFile = 8;
constexpr int kAutoCamera = 3;  // where boxes only go on as they did
// The pictures that a stretch holds back may take this much.
constexpr std::int64_t kStretchBytes = 48'000'000;

SparseDetectionOptions sparse_detection(const SourceInfo& source, int every) {
  SparseDetectionOptions options;
  if (!is_moving(source)) return options;
  options.look_ahead = source.kind == SourceKind::kVideo;
  if (every > 0) {
    options.every = every;
  } else {
    const std::int64_t frame = std::max<std::int64_t>(std::int64_t{source.size.area()} * 3, 1);
    const int affordable = static_cast<int>(std::clamp<std::int64_t>(kStretchBytes / frame, 2, kAutoFile));
    options.every = options.look_ahead ? affordable : kAutoCamera;
  }
  return options;
}

// Two tracks of one name are one person's where their cosine is above that of different people's pictures at
// this rate.
constexpr double kSameTrack = 1e-3;

constexpr auto kIdle = std::chrono::milliseconds(50);

}  // namespace

Pipeline::Pipeline(const Stages& stages, Identifier identifier, const PipelineOptions& options)
    : stages_(stages), identifier_(std::move(identifier)), options_(options), tracker_(options.tracking) {}

// Decoding, detection and recognition each have a thread. The sink stays on the caller's: a window belongs to
// the thread that opened it.
void Pipeline::run(FrameSource& source, Sink& sink, const std::atomic<bool>& stop) {
  const SourceInfo& info = source.info();
  const std::size_t depth = queue_depth(info);
  const bool held_back = info.kind == SourceKind::kVideo && !sink.is_live();
  SecondReading pictures(held_back && sink.wants_pictures() ? source.again() : nullptr);
  const bool second_pass = held_back && (!sink.wants_pictures() || pictures.is_open());
  const LabelOptions labelling = label_options();
  const std::unique_ptr<Labels> labels = second_pass ? make_file_labels(identifier_, tracker_, labelling)
                                                     : make_live_labels(identifier_, tracker_, labelling);
  sink.begin(info);
  tally_.begin(info);
  Ending ending(source, stop);
  std::atomic<std::int64_t> looked_at = 0;
  Ahead<Frame> frames(depth, reader(source, [&] { return ending.asked(); }));
  SparseDetection detection(
      [&] { return frames.next(); },
      [&](const cv::Mat& image) { return ending.asked() ? std::vector<Face>{} : stages_.detect(image); },
      sparse_detection(info, options_.detect_every));
  Ahead<Detected> detected(depth, [&] { return ending.unless_asked([&] { return detection.next(); }); });
  Ahead<std::vector<Labelled>> labelled(depth, [&] {
    std::optional<Detected> next = detected.next();
    if (next) ++looked_at;
    return label(std::move(next), *labels);
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

LabelOptions Pipeline::label_options() const {
  LabelOptions options;
  if (const auto alike = threshold_at(stages_.embedder().calibration(), kSameTrack))
    options.join_similarity = *alike;
  return options;
}

// What can be written after one more frame, or after the last (`next` empty); nullopt when that has been
// asked before.
std::optional<std::vector<Labelled>> Pipeline::label(std::optional<Detected> next, Labels& labels) {
  if (next) {
    LabelledFrame frame{std::move(next->frame), {}};
    frame.faces = recognize(frame.frame, next->faces, next->detected);
    labels.add(std::move(frame));
    return labels.take();
  }
  tracker_.end_all();
  labels.end();
  std::vector<Labelled> last = labels.take();
  return last.empty() ? std::nullopt : std::optional(std::move(last));
}

void Pipeline::write(Labelled& item, Sink& sink) {
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
std::vector<RecognizedFace> Pipeline::recognize(const Frame& frame, const std::vector<Face>& faces,
                                                bool detected) {
  if (frame.failure) return {};
  const std::vector<TrackedFace> tracked = tracker_.update(frame, faces, detected);
  std::vector<RecognizedFace> recognized;
  std::vector<Face> wanted;
  std::vector<std::size_t> owners;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    recognized.push_back(
        {.face = faces[i], .track = tracked[i].track, .identity = {}, .detected = detected, .own = {}});
    if (!tracked[i].wants_embedding || frame.damaged) continue;  // a made-up face is nobody's
    wanted.push_back(faces[i]);
    owners.push_back(i);
  }
  const std::vector<Chip> chips = stages_.align(frame.image, wanted);
  std::vector<float> norms;
  const std::vector<Embedding> embeddings = stages_.embedder().embed(chips, norms);
  std::vector<float> qualities;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    qualities.push_back(quality(wanted[i], chips[i], norms[i]));
    int& track = recognized[owners[i]].track;
    track = tracker_.add_evidence(track, embeddings[i], qualities[i], chips[i]);
  }
  std::vector<Identification> own = identifier_.identify(embeddings, qualities);
  for (std::size_t i = 0; i < wanted.size(); ++i) recognized[owners[i]].own = std::move(own[i]);
  return recognized;
}

void Pipeline::fail(const std::string& input, const std::string& why, Sink& sink) {
  Frame frame;
  frame.source = shown_address(input);
  frame.failure = why;
  tally_.add(frame, {});
  sink.write(frame, {});
}

}  // namespace kith

#include <kith/error.h>
#include <kith/pipeline.h>

#include "app/ahead.h"
#include "face/quality.h"

namespace kith {
namespace {

struct Detected {
  Frame frame;
  std::vector<Face> faces;
};

struct Recognized {
  Frame frame;
  std::vector<RecognizedFace> faces;
};

// A source that dies becomes its last frame's failure: it is counted, and the next source gets its turn.
std::function<std::optional<Frame>()> reader(FrameSource& source, const std::atomic<bool>& stop) {
  return [&source, &stop, died = false]() mutable -> std::optional<Frame> {
    if (stop || died) return std::nullopt;
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

// A file may run a few frames ahead, which evens out frames of unequal cost; a camera must not lag.
std::size_t queue_depth(const SourceInfo& source) { return source.kind == SourceKind::kCamera ? 1 : 3; }

}  // namespace

Pipeline::Pipeline(const Stages& stages, Identifier identifier, const TrackerOptions& tracking)
    : stages_(stages), identifier_(std::move(identifier)), tracker_(tracking) {}

// Decoding, detection and recognition each have a thread. The sink stays on the caller's: a window belongs to
// the thread that opened it.
void Pipeline::run(FrameSource& source, Sink& sink, const std::atomic<bool>& stop) {
  const std::size_t depth = queue_depth(source.info());
  sink.begin(source.info());
  Ahead<Frame> frames(depth, reader(source, stop));
  Ahead<Detected> detected(depth, [&]() -> std::optional<Detected> {
    std::optional<Frame> frame = frames.next();
    if (!frame) return std::nullopt;
    std::vector<Face> faces = stages_.detect(frame->image);
    return Detected{std::move(*frame), std::move(faces)};
  });
  Ahead<Recognized> recognized(depth, [&]() -> std::optional<Recognized> {
    std::optional<Detected> next = detected.next();
    if (!next) return std::nullopt;
    std::vector<RecognizedFace> faces = recognize(next->frame, next->faces);
    return Recognized{std::move(next->frame), std::move(faces)};
  });
  while (std::optional<Recognized> next = recognized.next()) {
    sink.write(next->frame, next->faces);
    tally_.add(next->frame, next->faces);
    if (stop || sink.wants_stop()) break;
  }
  tally_.add_dropped(source.dropped());
}

std::vector<RecognizedFace> Pipeline::recognize(const Frame& frame, const std::vector<Face>& faces) {
  if (frame.failure) return {};
  std::vector<TrackedFace> tracked = tracker_.update(frame, faces);
  std::vector<Face> wanted;
  std::vector<int*> owners;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (!tracked[i].wants_embedding) continue;
    wanted.push_back(faces[i]);
    owners.push_back(&tracked[i].track);
  }
  const std::vector<Chip> chips = stages_.align(frame.image, wanted);
  const std::vector<Embedding> embeddings = stages_.embedder().embed(chips);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    *owners[i] = tracker_.add_evidence(*owners[i], embeddings[i], quality(wanted[i], chips[i]));
  }
  std::vector<Embedding> fused;
  for (const TrackedFace& face : tracked) fused.push_back(tracker_.fused(face.track));
  std::vector<Identification> identities = identifier_.identify(fused);
  std::vector<RecognizedFace> recognized;
  for (std::size_t i = 0; i < faces.size(); ++i)
    recognized.push_back({faces[i], tracked[i].track, std::move(identities[i])});
  return recognized;
}

void Pipeline::fail(const std::string& input, const std::string& why, Sink& sink) {
  Frame frame;
  frame.source = input;
  frame.failure = why;
  tally_.add(frame, {});
  sink.write(frame, {});
}

}  // namespace kith

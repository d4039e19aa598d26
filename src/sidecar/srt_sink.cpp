// Subtitles: a cue for every stretch of time with the same people on screen.
#include <kith/error.h>
#include <kith/sink.h>

#include <optional>
#include <set>

#include "core/line_file.h"
#include "sidecar/srt_cues.h"

namespace kith {
namespace {

class SrtSink final : public Sink {
 public:
  explicit SrtSink(const std::filesystem::path& path)
      : path_(path), file_(path, LineFile::Mode::kGrow, Access::kShared) {}

  void begin(const SourceInfo& source) override {
    if (source.kind == SourceKind::kPhoto || source.kind == SourceKind::kFolder) {
      throw Error(ErrorCode::kInvalidArgument,
                  path_.string() + ": subtitles need a video or a camera, " + source.name + " is neither");
    }
    if (begun_) {
      throw Error(ErrorCode::kInvalidArgument,
                  path_.string() + ": subtitles are for one video: name one input");
    }
    begun_ = true;
    cues_.emplace(source.fps > 0 ? 1000 / source.fps : 40,
                  [this](const std::string& cue) { file_.write(cue); });
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) return;
    std::set<std::string> names;
    for (const RecognizedFace& face : faces) {
      if (face.identity.name) names.insert(*face.identity.name);
    }
    cues_->add(frame.time_ms, std::move(names));
  }

  bool wants_pictures() const override { return false; }

  void finish(const Summary&) override {
    if (cues_) cues_->finish();
    file_.finish();
  }

 private:
  std::filesystem::path path_;
  LineFile file_;
  bool begun_ = false;
  std::optional<SrtCues> cues_;
};

}  // namespace

std::unique_ptr<Sink> make_srt_sink(const std::filesystem::path& path) {
  return std::make_unique<SrtSink>(path);
}

}  // namespace kith

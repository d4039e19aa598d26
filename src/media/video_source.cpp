// Video files: every frame, in order.
#include <kith/error.h>

#include "media/sources.h"
#include "media/video_decoder.h"

namespace kith {
namespace {

class VideoSource final : public FrameSource {
 public:
  VideoSource(const std::string& input, const SourceOptions& options)
      : options_(options), decoder_(input, input, decoder_options(options)) {
    info_.kind = SourceKind::kVideo;
    info_.name = input;
    info_.found_in = options.found_in;
    info_.size = decoder_.upright_size();
    info_.fps = decoder_.fps();
    info_.frames = decoder_.frame_count();
  }

  const SourceInfo& info() const override { return info_; }

  std::unique_ptr<FrameSource> again() const override {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(info_.name, ignored)) return nullptr;  // a pipe is read once
    SourceOptions options = options_;
    options.stop = nullptr;  // after an interruption, what was seen until then is still to be written
    return std::make_unique<VideoSource>(info_.name, options);
  }

  std::optional<Frame> next() override {
    VideoDecoder::Item item = decoder_.next();
    if (const auto* damage = std::get_if<VideoDecoder::Damage>(&item)) {
      Frame frame = blank();
      frame.failure = damage->what;
      return frame;
    }
    const auto* decoded = std::get_if<VideoDecoder::Decoded>(&item);
    if (decoded == nullptr) return std::nullopt;
    if (!first_time_s_) first_time_s_ = decoded->time_s;
    time_ms_ = (decoded->time_s - *first_time_s_) * 1000;
    Frame frame = blank();
    frame.image = decoder_.convert(*decoded->frame);
    ++index_;
    return frame;
  }

 private:
  static DecoderOptions decoder_options(const SourceOptions& options) {
    DecoderOptions out;
    if (const auto* stop = options.stop) out.stop = [stop] { return stop->load(); };
    return out;
  }
  Frame blank() const {
    Frame frame;
    frame.index = index_;
    frame.time_ms = time_ms_;
    frame.source = info_.name;
    return frame;
  }

  SourceOptions options_;
  VideoDecoder decoder_;
  SourceInfo info_;
  std::optional<double> first_time_s_;
  double time_ms_ = 0;
  std::int64_t index_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> open_video(const std::string& input, const SourceOptions& options) {
  return std::make_unique<VideoSource>(input, options);
}

}  // namespace kith

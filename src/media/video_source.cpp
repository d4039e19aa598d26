// Video files: every frame, in order.
#include <kith/error.h>

#include "media/sources.h"
#include "media/video_decoder.h"

namespace kith {
namespace {

class VideoSource final : public FrameSource {
 public:
  VideoSource(const VideoInput& input, const SourceOptions& options)
      : input_(input),
        options_(options),
        decoder_(input.path.empty() ? input.name : file_url(input.path), input.name,
                 decoder_options(input, options)) {
    info_.kind = SourceKind::kVideo;
    info_.name = input.name;
    info_.size = decoder_.upright_size();
    info_.fps = decoder_.fps();
    info_.frames = decoder_.frame_count();
    std::error_code ignored;
    if (std::filesystem::is_regular_file(input.path, ignored)) info_.file = input.path;
  }

  const SourceInfo& info() const override { return info_; }

  std::unique_ptr<FrameSource> again() const override {
    if (info_.file.empty()) return nullptr;
    SourceOptions options = options_;
    options.stop = nullptr;  // after an interruption, what was seen until then is still to be written
    return std::make_unique<VideoSource>(input_, options);
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
    frame.damaged = decoded->damaged;
    ++index_;
    return frame;
  }

 private:
  static DecoderOptions decoder_options(const VideoInput& input, const SourceOptions& options) {
    DecoderOptions out;
    out.settings = file_settings();
    out.bytes = input.bytes;
    if (!input.format.empty()) out.format = av_find_input_format(input.format.c_str());
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

  VideoInput input_;
  SourceOptions options_;
  VideoDecoder decoder_;
  SourceInfo info_;
  std::optional<double> first_time_s_;
  double time_ms_ = 0;
  std::int64_t index_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> open_video(const VideoInput& input, const SourceOptions& options) {
  return std::make_unique<VideoSource>(input, options);
}

}  // namespace kith

#include "media/video_source.h"

#include <atomic>
#include <utility>

#include "media/sources.h"

namespace kith {

VideoSource::VideoSource(std::shared_ptr<VideoDecoder> decoder, std::function<void()> halt, SourceInfo info,
                         Again again)
    : halt_(std::move(halt)), decoder_(std::move(decoder)), info_(std::move(info)), again_(std::move(again)) {
  info_.kind = SourceKind::kVideo;
  info_.size = decoder_->upright_size();
  info_.fps = decoder_->fps();
  info_.frames = decoder_->frame_count();
}

std::optional<Frame> VideoSource::next() {
  VideoDecoder::Item item = decoder_->next();
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
  frame.image = decoder_->convert(*decoded->frame);
  frame.damaged = decoded->damaged;
  ++index_;
  return frame;
}

Frame VideoSource::blank() const {
  Frame frame;
  frame.index = index_;
  frame.time_ms = time_ms_;
  frame.source = info_.name;
  return frame;
}

std::unique_ptr<FrameSource> open_video(const VideoInput& input, const SourceOptions& options) {
  auto halted = std::make_shared<std::atomic<bool>>(false);
  DecoderOptions decoding;
  decoding.settings = file_settings();
  decoding.bytes = input.bytes;
  if (!input.format.empty()) decoding.format = av_find_input_format(input.format.c_str());
  decoding.stop = [halted, stop = options.stop] { return *halted || (stop != nullptr && *stop); };
  const std::string url = input.path.empty() ? input.name : file_url(input.path);
  auto decoder = std::make_shared<VideoDecoder>(url, input.name, std::move(decoding));
  std::error_code ignored;
  const bool is_file = std::filesystem::is_regular_file(input.path, ignored);
  VideoSource::Again again;
  if (is_file) {
    // Without `stop`: after an interruption, what was seen until then is still to be written.
    again = [input, options = options]() mutable {
      options.stop = nullptr;
      return open_video(input, options);
    };
  }
  SourceInfo info;
  info.name = input.name;
  info.found_in = options.found_in;
  if (is_file) info.file = input.path;
  return std::make_unique<VideoSource>(
      std::move(decoder), [halted, kept = input.holds] { *halted = true; }, std::move(info),
      std::move(again));
}

}  // namespace kith

#include "media/video_source.h"

#include <atomic>
#include <utility>

#include "media/sources.h"

namespace kith {

VideoSource::VideoSource(std::shared_ptr<VideoDecoder> decoder, std::function<void()> halt,
                         const std::string& name, Again again)
    : halt_(std::move(halt)), decoder_(std::move(decoder)), again_(std::move(again)) {
  info_.kind = SourceKind::kVideo;
  info_.name = name;
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

namespace {

std::unique_ptr<FrameSource> open_file(const std::string& input, const std::atomic<bool>* stop) {
  auto halted = std::make_shared<std::atomic<bool>>(false);
  DecoderOptions decoding;
  decoding.stop = [halted, stop] { return *halted || (stop != nullptr && *stop); };
  auto decoder = std::make_shared<VideoDecoder>(input, input, std::move(decoding));
  VideoSource::Again again;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(input, ignored)) {  // a pipe is read once
    // Without `stop`: after an interruption, what was seen until then is still to be written.
    again = [input] { return open_file(input, nullptr); };
  }
  return std::make_unique<VideoSource>(
      std::move(decoder), [halted] { *halted = true; }, input, std::move(again));
}

}  // namespace

std::unique_ptr<FrameSource> open_video(const std::string& input, const SourceOptions& options) {
  return open_file(input, options.stop);
}

}  // namespace kith

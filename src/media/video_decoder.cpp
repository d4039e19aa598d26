#include "media/video_decoder.h"

#include <kith/error.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

#include "media/refusal.h"
#include "media/server_answer.h"

namespace kith {
namespace {

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", value);
  return text;
}

}  // namespace

VideoDecoder::VideoDecoder(const std::string& url, std::string name, DecoderOptions options)
    : name_(std::move(name)), options_(std::move(options)) {
  av::silence();
  open(url);
  find_stream();
  open_codec();
  converter_.emplace(*stream_);
}

int VideoDecoder::on_interrupt(void* self) {
  auto& decoder = *static_cast<VideoDecoder*>(self);
  if (decoder.options_.stop && decoder.options_.stop()) return 1;
  if (decoder.options_.timeout_s <= 0 || std::chrono::steady_clock::now() < decoder.deadline_) return 0;
  decoder.timed_out_ = true;
  return 1;
}

void VideoDecoder::refuse(int error, const std::string& reason) const {
  if (timed_out_) throw Error(ErrorCode::kIo, name_ + ": no answer for " + seconds(options_.timeout_s));
  if (!reason.empty() && error != AVERROR_EXIT) throw Error(ErrorCode::kIo, name_ + ": " + reason);
  av::refuse(name_, error);
}

// Whatever the input opens, the parts of a playlist as well, is opened by this.
int VideoDecoder::open_io(AVFormatContext* input, AVIOContext** io, const char* url, int flags,
                          AVDictionary** settings) {
  const auto& decoder = *static_cast<const VideoDecoder*>(input->opaque);
  AVDictionary* own = nullptr;
  AVDictionary** const all = settings != nullptr ? settings : &own;
  av_dict_set(all, "tls_verify", decoder.options_.any_certificate ? "0" : "1", 0);
  const int error = decoder.default_open_(input, io, url, flags, all);
  av_dict_free(&own);
  return error;
}

void VideoDecoder::open(const std::string& url) {
  AVFormatContext* input = avformat_alloc_context();
  if (input == nullptr) throw std::bad_alloc();
  input->interrupt_callback = {&VideoDecoder::on_interrupt, this};
  input->opaque = this;
  default_open_ = std::exchange(input->io_open, &VideoDecoder::open_io);
  if (options_.non_blocking) input->flags |= AVFMT_FLAG_NONBLOCK;
  AVDictionary* settings = nullptr;
  for (const auto& [key, value] : options_.settings) av_dict_set(&settings, key.c_str(), value.c_str(), 0);
  const auto arm = [this] {
    deadline_ =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                               std::chrono::duration<double>(options_.timeout_s));
  };
  arm();
  const av::ServerAnswer answer;
  int error =
      avformat_open_input(&input, url.c_str(), options_.format, &settings);  // frees input when it fails
  av_dict_free(&settings);
  if (error < 0) refuse(error, answer.reason());
  input_.reset(input);
  arm();
  error = avformat_find_stream_info(input, nullptr);
  if (error < 0 && error != AVERROR(EAGAIN)) refuse(error, answer.reason());
}

void VideoDecoder::find_stream() {
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    AVStream* stream = input_->streams[i];
    const bool cover =
        (stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) != 0;
    if (cover) stream->discard = AVDISCARD_ALL;
  }
  const int index = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (index < 0 || input_->streams[index]->discard == AVDISCARD_ALL) {
    throw Error(ErrorCode::kUnsupported,
                name_ + ": holds no video, only sound or other data (" + input_->iformat->long_name + ")");
  }
  stream_ = input_->streams[index];
}

void VideoDecoder::open_codec() {
  const AVCodecParameters& parameters = *stream_->codecpar;
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  const std::string codec = avcodec_get_name(parameters.codec_id);
  if (decoder == nullptr)
    throw Error(ErrorCode::kUnsupported, name_ + ": no decoder for its video (" + codec + ")");
  codec_.reset(avcodec_alloc_context3(decoder));
  if (!codec_) throw std::bad_alloc();
  int error = avcodec_parameters_to_context(codec_.get(), &parameters);
  codec_->pkt_timebase = stream_->time_base;
  codec_->thread_count = options_.threads;
  codec_->thread_type =
      options_.non_blocking ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE;  // frames add delay
  if (error >= 0) error = avcodec_open2(codec_.get(), decoder, nullptr);
  if (error < 0)
    throw Error(ErrorCode::kUnsupported,
                name_ + ": its video (" + codec + ") cannot be decoded: " + av::describe(error));
  if (parameters.width <= 0 || parameters.height <= 0) {
    throw Error(ErrorCode::kCorrupt,
                name_ + ": its video (" + codec + ") has no picture that can be decoded");
  }
}

// One report for a stretch of damage, however many packets and frames it spans and whatever decodes in
// between.
constexpr double kStretch_s = 1;

VideoDecoder::Item VideoDecoder::damage(const std::string& what) {
  in_damage_ = true;
  damaged_until_s_ = last_time_s_ + kStretch_s;
  return Damage{name_ + ": " + what};
}

std::optional<VideoDecoder::Item> VideoDecoder::receive() {
  while (true) {
    av::FramePtr frame = av::make_frame();
    const int error = avcodec_receive_frame(codec_.get(), frame.get());
    if (error == AVERROR(EAGAIN)) return std::nullopt;
    if (error == AVERROR_EOF) {
      ended_ = true;
      return End{};
    }
    if (error < 0) {
      if (in_damage_) continue;
      return damage("damaged after " + seconds(last_time_s_) + ": " + av::describe(error));
    }
    const std::int64_t stamp = frame->best_effort_timestamp;
    const double step = fps() > 0 ? 1 / fps() : 0.04;
    double time_s = stamp == AV_NOPTS_VALUE ? last_time_s_ + (any_frame_ ? step : 0)
                                            : static_cast<double>(stamp) * av_q2d(stream_->time_base);
    if (any_frame_ && time_s <= last_time_s_)
      time_s = last_time_s_ + step / 2;  // clocks that stand still or jump back
    const bool concealed = frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    any_frame_ = true;
    last_time_s_ = time_s;
    if (concealed && !in_damage_) {
      waiting_ = Decoded{std::move(frame), time_s};
      return damage("damaged at " + seconds(time_s) + ": pictures from there on may be wrong");
    }
    if (!concealed && time_s > damaged_until_s_) in_damage_ = false;
    return Decoded{std::move(frame), time_s};
  }
}

void VideoDecoder::check_end(int error) {
  if (error == AVERROR_EOF && input_->pb != nullptr && input_->pb->error < 0) error = input_->pb->error;
  const bool broken = error != AVERROR_EOF;
  const double whole = duration_s();
  const bool known = input_->duration_estimation_method == AVFMT_DURATION_FROM_STREAM && whole > 0;
  // Half a second, or 2 %: containers round their durations and count the last frame differently.
  if (known && seen_until_s_ + std::max(0.5, whole * 0.02) < whole) {
    cut_off_ = "cut off: ends at " + seconds(seen_until_s_) + " of " + seconds(whole);
  } else if (broken && !has_end()) {
    // What has no length cannot end early; to FFmpeg it did.
    cut_off_ = error == AVERROR(EIO) ? "ended by the other side" : av::describe(error);
  } else if (broken) {
    cut_off_ = "cut off or damaged at " + seconds(seen_until_s_) + ": " + av::describe(error);
  }
}

// Rubbish between two pictures of a broadcast: the next one begins somewhere behind it. Each try reads on by a line or so.
bool VideoDecoder::pass_over(int error) {
  constexpr int kMost = 10'000;
  const bool over = input_->pb == nullptr || avio_feof(input_->pb) != 0 || input_->pb->error < 0;
  return error == AVERROR_INVALIDDATA && !over && !has_end() && ++passed_over_ <= kMost;
}

VideoDecoder::Item VideoDecoder::next() {
  if (waiting_) return Item(std::exchange(waiting_, std::nullopt).value());
  while (!ended_) {
    if (std::optional<Item> item = receive()) {
      if (std::holds_alternative<End>(*item) && cut_off_)
        return Damage{name_ + ": " + *std::exchange(cut_off_, std::nullopt)};
      return std::move(*item);
    }
    deadline_ =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                               std::chrono::duration<double>(options_.timeout_s));
    const int error = av_read_frame(input_.get(), packet_.get());
    if (error == AVERROR(EAGAIN)) {
      if (options_.non_blocking) return Nothing{};
      continue;
    }
    if (options_.stop && options_.stop()) {  // perhaps within a packet, of which nothing is wrong
      av_packet_unref(packet_.get());
      ended_ = true;
      return End{};
    }
    if (error < 0) {
      if (pass_over(error)) {
        if (!in_damage_) return damage("damaged after " + seconds(last_time_s_) + ": " + av::describe(error));
        continue;
      }
      if (!drained_) check_end(error);
      drained_ = true;
      avcodec_send_packet(codec_.get(), nullptr);
      continue;
    }
    passed_over_ = 0;
    const AVStream& stream = *input_->streams[packet_->stream_index];
    const std::int64_t stamp = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
    if (stamp != AV_NOPTS_VALUE) {
      const double start =
          input_->start_time == AV_NOPTS_VALUE ? 0 : static_cast<double>(input_->start_time) / AV_TIME_BASE;
      seen_until_s_ = std::max(
          seen_until_s_, static_cast<double>(stamp + packet_->duration) * av_q2d(stream.time_base) - start);
    }
    const bool cut = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0 && packet_->stream_index == stream_->index;
    const int sent =
        packet_->stream_index == stream_->index ? avcodec_send_packet(codec_.get(), packet_.get()) : 0;
    av_packet_unref(packet_.get());
    if ((sent < 0 || cut) && !in_damage_)
      return damage("damaged after " + seconds(last_time_s_) + (sent < 0 ? ": " + av::describe(sent) : ""));
  }
  if (cut_off_) return Damage{name_ + ": " + *std::exchange(cut_off_, std::nullopt)};
  return End{};
}

cv::Mat VideoDecoder::convert(const AVFrame& frame) {
  try {
    return converter_->convert(frame);
  } catch (const Error& error) {
    throw Error(error.code(), name_ + ": " + error.what());
  }
}

cv::Size VideoDecoder::upright_size() const {
  const AVRational aspect = av_guess_sample_aspect_ratio(input_.get(), stream_, nullptr);
  return converter_->upright_size(stream_->codecpar->width, stream_->codecpar->height,
                                  aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1);
}

double VideoDecoder::fps() const {
  const AVRational rate = av_guess_frame_rate(input_.get(), stream_, nullptr);
  constexpr double kSlowest = 1e-3;  // below: a damaged header
  const double fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
  return fps >= kSlowest ? fps : 0;
}

double VideoDecoder::duration_s() const {
  if (input_->duration != AV_NOPTS_VALUE && input_->duration > 0)
    return static_cast<double>(input_->duration) / AV_TIME_BASE;
  return 0;
}

bool VideoDecoder::has_end() const {
  const std::string_view format = input_->iformat->name;
  if (format == "mpjpeg") return false;  // cameras; their servers make up a length
  if (duration_s() > 0) return true;
  const bool by_playlist = (input_->iformat->flags & AVFMT_NOFILE) != 0 || format.starts_with("hls") ||
                           format == "dash" || format == "sdp";  // whose own length says nothing
  return !by_playlist && input_->pb != nullptr && avio_size(input_->pb) > 0;
}

bool VideoDecoder::is_pictures() const { return std::string_view(input_->iformat->name).ends_with("_pipe"); }

std::int64_t VideoDecoder::frame_count() const {
  if (stream_->nb_frames > 0) return stream_->nb_frames;
  const double length = stream_->duration != AV_NOPTS_VALUE
                            ? static_cast<double>(stream_->duration) * av_q2d(stream_->time_base)
                            : duration_s();
  return std::llround(length * fps());
}

}  // namespace kith

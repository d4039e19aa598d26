#include "media/video_decoder.h"

#include <kith/error.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

namespace kith {
namespace {

// 16,384 x 8,192: more than any camera films, and 400 MB a picture. A few bytes of a header can claim more.
constexpr std::int64_t kMaxFilmPixels = std::int64_t{1} << 27;

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", value);
  return text;
}

}  // namespace

VideoDecoder::VideoDecoder(const std::string& url, std::string name, DecoderOptions options)
    : name_(std::move(name)), stop_(options.stop), demuxer_(url, name_, options) {
  open_codec(options.threads, options.non_blocking);
  converter_.emplace(demuxer_.video());
  is_live_ = !options.bytes && !has_end();
}

void VideoDecoder::open_codec(int threads, bool non_blocking) {
  const AVCodecParameters& parameters = *demuxer_.video().codecpar;
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  const std::string codec = avcodec_get_name(parameters.codec_id);
  if (decoder == nullptr)
    throw Error(ErrorCode::kUnsupported, name_ + ": no decoder for its video (" + codec + ")");
  codec_.reset(avcodec_alloc_context3(decoder));
  if (!codec_) throw std::bad_alloc();
  int error = avcodec_parameters_to_context(codec_.get(), &parameters);
  codec_->max_pixels = kMaxFilmPixels;
  codec_->pkt_timebase = demuxer_.video().time_base;
  codec_->thread_count = threads;
  codec_->thread_type =
      non_blocking ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE;  // frames add delay
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

double VideoDecoder::time_of(const AVFrame& frame) const {
  const std::int64_t stamp = frame.best_effort_timestamp;
  const double step = fps() > 0 ? 1 / fps() : 0.04;
  if (stamp == AV_NOPTS_VALUE) return last_time_s_ + (any_frame_ ? step : 0);
  const double time_s = static_cast<double>(stamp) * av_q2d(demuxer_.video().time_base);
  constexpr double kTick_s = 1e-6;
  if (any_frame_ && time_s < last_time_s_ + kTick_s)
    return last_time_s_ + step / 2;  // a clock that stands still
  return time_s;
}

// Pictures are built on those before them, up to the next that stands alone; streams without such pictures
// renew themselves piece by piece, within this time.
constexpr double kRenewed_s = 10;

bool VideoDecoder::is_damaged(const AVFrame& frame) {
  const bool concealed = frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
  if (concealed) {
    damaged_from_s_ = last_time_s_;
  } else if (damaged_from_s_ && (frame.key_frame != 0 || last_time_s_ - *damaged_from_s_ > kRenewed_s)) {
    damaged_from_s_.reset();
  }
  return concealed;
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
      damaged_from_s_ = last_time_s_;
      if (in_damage_) continue;
      return damage("damaged after " + seconds(last_time_s_) + ": " + av::describe(error));
    }
    // The container knows better than the pictures what they should look like.
    frame->sample_aspect_ratio =
        av_guess_sample_aspect_ratio(&demuxer_.input(), &demuxer_.video(), frame.get());
    last_time_s_ = time_of(*frame);
    any_frame_ = true;
    const bool concealed = is_damaged(*frame);
    Decoded decoded{std::move(frame), last_time_s_, damaged_from_s_.has_value()};
    if (concealed && !in_damage_) {
      waiting_ = std::move(decoded);
      return damage("damaged at " + seconds(last_time_s_) + ": pictures from there on may be wrong");
    }
    if (!concealed && last_time_s_ > damaged_until_s_) in_damage_ = false;
    return decoded;
  }
}

void VideoDecoder::check_end(int error) {
  const AVFormatContext& input = demuxer_.input();
  if (error == AVERROR_EOF && input.pb != nullptr && input.pb->error < 0) error = input.pb->error;
  const bool broken = error != AVERROR_EOF;
  const double whole = duration_s();
  const bool known = input.duration_estimation_method == AVFMT_DURATION_FROM_STREAM && whole > 0;
  // Half a second, or 2 %: containers round their durations and count the last frame differently.
  // Some state where their clock ends in place of how long they are.
  if (known && std::max(seen_until_s_, clock_until_s_) + std::max(0.5, whole * 0.02) < whole) {
    cut_off_ = "cut off: ends at " + seconds(seen_until_s_) + " of " + seconds(whole);
  } else if (broken && is_live_) {
    // What has no length cannot end early; to FFmpeg it did.
    cut_off_ = error == AVERROR(EIO) ? "ended by the other side" : av::describe(error);
  } else if (broken) {
    cut_off_ = "cut off or damaged at " + seconds(seen_until_s_) + ": " + av::describe(error);
  } else if (torn_in_ > 0) {
    cut_off_ = "cut off at " + seconds(seen_until_s_);
  }
}

void VideoDecoder::note_seen(const AVPacket& packet) {
  const AVFormatContext& input = demuxer_.input();
  const std::int64_t stamp = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (stamp == AV_NOPTS_VALUE) return;
  const double start =
      input.start_time == AV_NOPTS_VALUE ? 0 : static_cast<double>(input.start_time) / AV_TIME_BASE;
  const double tick = av_q2d(input.streams[packet.stream_index]->time_base);
  const double end = static_cast<double>(stamp + packet.duration) * tick;
  clock_until_s_ = std::max(clock_until_s_, end);
  seen_until_s_ = std::max(seen_until_s_, end - start);
}

// Gives the packet to the decoder. @return what is wrong with it, once a stretch.
std::optional<VideoDecoder::Item> VideoDecoder::send() {
  passed_over_ = 0;
  note_seen(*packet_);
  if (packet_->stream_index != demuxer_.video().index) {
    av_packet_unref(packet_.get());
    return std::nullopt;
  }
  // What looks torn at the seam of a joined recording is only the end of its first part; parsers tell a packet or two
  // before it.
  constexpr int kSeam = 3;
  if (demuxer_.begins_part()) torn_in_ = 0;
  const bool torn = torn_in_ > 0 && --torn_in_ == 0;
  if (torn_in_ == 0 && !torn && (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0) torn_in_ = kSeam;
  const int sent = avcodec_send_packet(codec_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (sent >= 0 && !torn) return std::nullopt;
  damaged_from_s_ = last_time_s_;
  if (in_damage_) return std::nullopt;
  return damage("damaged after " + seconds(last_time_s_) + (sent < 0 ? ": " + av::describe(sent) : ""));
}

// Rubbish between two pictures of a broadcast: the next one begins somewhere behind it. Each try reads on by
// a line or so.
bool VideoDecoder::pass_over(int error) {
  constexpr int kMost = 10'000;
  const AVIOContext* const bytes = demuxer_.input().pb;
  const bool over = bytes == nullptr || bytes->eof_reached != 0 || bytes->error < 0;
  return is_live_ && error == AVERROR_INVALIDDATA && !over && ++passed_over_ <= kMost;
}

VideoDecoder::Item VideoDecoder::next() {
  if (waiting_) return Item(std::exchange(waiting_, std::nullopt).value());
  while (!ended_) {
    if (std::optional<Item> item = receive()) {
      if (std::holds_alternative<End>(*item) && cut_off_)
        return Damage{name_ + ": " + *std::exchange(cut_off_, std::nullopt)};
      return std::move(*item);
    }
    const int error = demuxer_.read(*packet_);
    if (error == AVERROR(EAGAIN)) {
      if (demuxer_.input().flags & AVFMT_FLAG_NONBLOCK) return Nothing{};
      continue;
    }
    if (stop_ && stop_()) {  // perhaps within a packet, of which nothing is wrong
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
    } else if (std::optional<Item> item = send()) {
      return std::move(*item);
    }
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
  const AVRational aspect = av_guess_sample_aspect_ratio(&demuxer_.input(), &demuxer_.video(), nullptr);
  const AVCodecParameters& parameters = *demuxer_.video().codecpar;
  return converter_->upright_size(parameters.width, parameters.height,
                                  aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1);
}

double VideoDecoder::fps() const {
  const AVRational rate = av_guess_frame_rate(&demuxer_.input(), &demuxer_.video(), nullptr);
  constexpr double kSlowest = 1e-3;  // below: a damaged header
  const double fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
  return fps >= kSlowest ? fps : 0;
}

double VideoDecoder::duration_s() const {
  const std::int64_t duration = demuxer_.input().duration;
  return duration != AV_NOPTS_VALUE && duration > 0 ? static_cast<double>(duration) / AV_TIME_BASE : 0;
}

bool VideoDecoder::has_end() const {
  const AVFormatContext& input = demuxer_.input();
  const std::string_view format = input.iformat->name;
  if (format == "mpjpeg") return false;  // cameras; their servers make up a length
  if (duration_s() > 0) return true;
  const bool by_playlist = (input.iformat->flags & AVFMT_NOFILE) != 0 || format.starts_with("hls") ||
                           format == "dash" || format == "sdp";  // whose own length says nothing
  return !by_playlist && input.pb != nullptr && avio_size(input.pb) > 0;
}

bool VideoDecoder::is_past() const {
  AVIOContext* const bytes = demuxer_.input().pb;
  if (bytes == nullptr || (bytes->seekable & AVIO_SEEKABLE_NORMAL) != 0) return false;
  const std::int64_t size = avio_size(bytes);
  const bool at_end = bytes->eof_reached != 0 || (size > 0 && avio_tell(bytes) >= size);
  return at_end && std::string_view(demuxer_.input().iformat->name).starts_with("mov");
}

bool VideoDecoder::is_pictures() const {
  return std::string_view(demuxer_.input().iformat->name).ends_with("_pipe");
}

std::int64_t VideoDecoder::frame_count() const {
  const AVStream& video = demuxer_.video();
  if (video.nb_frames > 0) return video.nb_frames;
  const double length = video.duration != AV_NOPTS_VALUE
                            ? static_cast<double>(video.duration) * av_q2d(video.time_base)
                            : duration_s();
  return std::llround(length * fps());
}

}  // namespace kith

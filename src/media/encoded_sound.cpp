// Sound as AAC, for containers that cannot hold what it was.
extern "C" {
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <new>

#include "media/film_tags.h"
#include "media/sound.h"

namespace kith {
namespace {

// Losses, and parts of a recording whose sound and picture are not equally long, must not add up.
constexpr double kOutOfStep_s = 0.1;
// A pause is filled while it lasts, so that the file's streams go on side by side.
constexpr double kPause_s = 0.5;

struct FreeResampler {
  void operator()(SwrContext* resampler) const { swr_free(&resampler); }
};
struct FreeFifo {
  void operator()(AVAudioFifo* fifo) const { av_audio_fifo_free(fifo); }
};

class EncodedSound final : public Sound {
 public:
  EncodedSound(std::unique_ptr<SoundPackets> packets, AVFormatContext& output)
      : packets_(std::move(packets)), output_(output) {}

  // Before any other call. @return false when the sound cannot be decoded, or nothing encodes AAC.
  bool open() { return open_decoder() && open_encoder(); }

  int write_until(double time_s) override {
    while (AVPacket* packet = packets_->peek()) {
      const std::optional<double> start = packets_->time_s(*packet);
      if (start && *start >= time_s) return fill_pause(std::min(time_s, *start));
      if (start) {
        if (const int error = keep_step(*start); error < 0) return error;
      }
      if (avcodec_send_packet(decoder_.get(), packet) >= 0) {
        if (const int error = take_decoded(); error < 0) return error;
      }
      packets_->pop();
      if (const int error = encode(false); error < 0) return error;
    }
    return 0;
  }

  int finish(double time_s) override {
    if (const int error = write_until(time_s); error < 0) return error;
    avcodec_send_packet(decoder_.get(), nullptr);
    if (const int error = take_decoded(); error < 0) return error;
    return encode(true);
  }

 private:
  bool open_decoder() {
    const AVCodecParameters& from = packets_->codec();
    const AVCodec* reader = avcodec_find_decoder(from.codec_id);
    if (reader == nullptr) return false;
    decoder_.reset(avcodec_alloc_context3(reader));
    if (!decoder_) throw std::bad_alloc();
    if (avcodec_parameters_to_context(decoder_.get(), &from) < 0) return false;
    decoder_->pkt_timebase = packets_->stream().time_base;
    return avcodec_open2(decoder_.get(), reader, nullptr) >= 0 && decoder_->sample_rate > 0;
  }

  bool open_encoder() {
    const AVCodec* writer = avcodec_find_encoder(AV_CODEC_ID_AAC);
    if (writer == nullptr) return false;
    AVChannelLayout layout{};
    av_channel_layout_default(&layout, decoder_->ch_layout.nb_channels > 1 ? 2 : 1);
    encoder_.reset(avcodec_alloc_context3(writer));
    if (!encoder_) throw std::bad_alloc();
    encoder_->sample_fmt = AV_SAMPLE_FMT_FLTP;
    encoder_->sample_rate =
        decoder_->sample_rate >= 44100 ? (decoder_->sample_rate == 44100 ? 44100 : 48000) : 44100;
    encoder_->bit_rate = 160000;
    encoder_->time_base = {1, encoder_->sample_rate};
    av_channel_layout_copy(&encoder_->ch_layout, &layout);
    if ((output_.oformat->flags & AVFMT_GLOBALHEADER) != 0) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (avcodec_open2(encoder_.get(), writer, nullptr) < 0) return false;
    fifo_.reset(av_audio_fifo_alloc(encoder_->sample_fmt, layout.nb_channels, encoder_->frame_size));
    stream_ = avformat_new_stream(&output_, nullptr);
    if (stream_ == nullptr || !fifo_) throw std::bad_alloc();
    stream_->time_base = encoder_->time_base;
    avcodec_parameters_from_context(stream_->codecpar, encoder_.get());
    stream_->codecpar->initial_padding = 0;  // send() leaves it out
    copy_tags(packets_->stream(), *stream_);
    return true;
  }

  // The next decoded sample belongs at this time.
  int keep_step(double time_s) {
    const std::int64_t wanted = std::llround(time_s * encoder_->sample_rate);
    const auto off = static_cast<double>(wanted - (fed_ - to_skip_));
    if (in_step_ && std::abs(off) <= kOutOfStep_s * encoder_->sample_rate) return 0;
    in_step_ = true;
    to_skip_ = std::max<std::int64_t>(fed_ - wanted, 0);
    return silence(wanted - fed_);
  }

  int fill_pause(double time_s) {
    const std::int64_t until = std::llround(time_s * encoder_->sample_rate);
    const auto pause = static_cast<double>(until - fed_);
    return pause > kPause_s * encoder_->sample_rate ? silence(until - fed_) : 0;
  }

  // For what the decoder gives, which may change within a file: the resampler would read the wrong bytes.
  bool prepare_resampler(const AVFrame& from) {
    const Format format{from.format, from.sample_rate, from.ch_layout.nb_channels};
    if (resampler_ && format == format_) return true;
    AVChannelLayout layout = from.ch_layout;  // borrowed
    if (layout.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&layout, format.channels);
    SwrContext* resampler = nullptr;
    swr_alloc_set_opts2(&resampler, &encoder_->ch_layout, encoder_->sample_fmt, encoder_->sample_rate,
                        &layout, static_cast<AVSampleFormat>(format.samples), format.rate, 0, nullptr);
    resampler_.reset(resampler);
    if (!resampler_ || swr_init(resampler) < 0) resampler_.reset();
    format_ = format;
    return resampler_ != nullptr;
  }

  av::FramePtr make_samples(int count) const {
    av::FramePtr frame = av::make_frame();
    frame->format = encoder_->sample_fmt;
    frame->sample_rate = encoder_->sample_rate;
    frame->nb_samples = count;
    av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout);
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
    return frame;
  }

  // Encoded as it goes: a sound may begin hours after the picture.
  int silence(std::int64_t samples) {
    while (samples > 0) {
      const int count = static_cast<int>(std::min<std::int64_t>(samples, encoder_->frame_size));
      const av::FramePtr frame = make_samples(count);
      av_samples_set_silence(frame->data, 0, count, frame->ch_layout.nb_channels, encoder_->sample_fmt);
      int error = feed(*frame, 0, count);
      if (error >= 0) error = encode(false);
      if (error < 0) return error;
      samples -= count;
    }
    return 0;
  }

  int feed(const AVFrame& frame, int from, int until) {
    std::array<void*, 2> channels{};
    for (int c = 0; c < frame.ch_layout.nb_channels; ++c)
      channels[static_cast<std::size_t>(c)] = reinterpret_cast<float*>(frame.data[c]) + from;
    const int written = av_audio_fifo_write(fifo_.get(), channels.data(), until - from);
    if (written > 0) fed_ += written;
    return std::min(written, 0);
  }

  int take_decoded() {
    const av::FramePtr decoded = av::make_frame();
    while (avcodec_receive_frame(decoder_.get(), decoded.get()) >= 0) {
      if (!prepare_resampler(*decoded)) continue;
      const int room = std::max(swr_get_out_samples(resampler_.get(), decoded->nb_samples), 1);
      const av::FramePtr frame = make_samples(room);
      const int count = swr_convert(resampler_.get(), frame->data, room,
                                    const_cast<const std::uint8_t**>(decoded->data), decoded->nb_samples);
      if (count < 0) continue;
      const int skipped = static_cast<int>(std::min<std::int64_t>(to_skip_, count));
      to_skip_ -= skipped;
      if (const int error = feed(*frame, skipped, count); error < 0) return error;
    }
    return 0;
  }

  int encode(bool all) {
    const int whole = encoder_->frame_size;
    while (av_audio_fifo_size(fifo_.get()) >= (all ? 1 : whole)) {
      const av::FramePtr frame = make_samples(std::min(whole, av_audio_fifo_size(fifo_.get())));
      av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(frame->data), frame->nb_samples);
      frame->pts = written_;
      written_ += frame->nb_samples;
      if (const int error = send(frame.get()); error < 0) return error;
    }
    return all ? send(nullptr) : 0;
  }

  int send(const AVFrame* frame) {
    if (const int error = avcodec_send_frame(encoder_.get(), frame); error < 0) return error;
    while (true) {
      const int error = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return 0;
      if (error < 0) return error;
      if (packet_->pts < 0) continue;  // the encoder's run-up would move the first picture
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
      packet_->stream_index = stream_->index;
      if (const int failed = put(output_, *packet_); failed < 0) return failed;
    }
  }

  std::unique_ptr<SoundPackets> packets_;
  AVFormatContext& output_;
  AVStream* stream_ = nullptr;
  av::CodecPtr decoder_, encoder_;
  struct Format {
    int samples = 0, rate = 0, channels = 0;
    bool operator==(const Format&) const = default;
  };
  Format format_;  // of what the resampler reads
  std::unique_ptr<SwrContext, FreeResampler> resampler_;
  std::unique_ptr<AVAudioFifo, FreeFifo> fifo_;
  av::PacketPtr packet_ = av::make_packet();
  // Samples of the new sound: into the fifo, out of it, and of those to come how many are too early.
  std::int64_t fed_ = 0, written_ = 0, to_skip_ = 0;
  bool in_step_ = false;
};

}  // namespace

std::unique_ptr<Sound> encode_sound(std::unique_ptr<SoundPackets> packets, AVFormatContext& output) {
  auto sound = std::make_unique<EncodedSound>(std::move(packets), output);
  return sound->open() ? std::move(sound) : nullptr;
}

}  // namespace kith

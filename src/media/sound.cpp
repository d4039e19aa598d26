#include "media/sound.h"

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <kith/error.h>

#include <algorithm>

namespace kith {
namespace {

// The packets of one file's best sound stream, with times in seconds from the video's first frame.
class Packets {
 public:
  static std::unique_ptr<Packets> open(const std::string& file) {
    AVFormatContext* opened = nullptr;
    if (avformat_open_input(&opened, ("file:" + file).c_str(), nullptr, nullptr) < 0) return nullptr;
    auto packets = std::make_unique<Packets>();
    packets->input_.reset(opened);
    if (avformat_find_stream_info(opened, nullptr) < 0) return nullptr;
    const int video = av_find_best_stream(opened, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    const int index = av_find_best_stream(opened, AVMEDIA_TYPE_AUDIO, -1, video, nullptr, 0);
    if (index < 0) return nullptr;
    for (unsigned i = 0; i < opened->nb_streams; ++i) {
      if (static_cast<int>(i) != index) opened->streams[i]->discard = AVDISCARD_ALL;
    }
    packets->stream_ = opened->streams[index];
    if (video >= 0 && opened->streams[video]->start_time != AV_NOPTS_VALUE) {
      packets->origin_ = av_rescale_q(opened->streams[video]->start_time, opened->streams[video]->time_base,
                                      packets->stream_->time_base);
    }
    return packets;
  }

  const AVStream& stream() const { return *stream_; }

  // The next packet, times shifted; nullptr at the end. Stays valid until pop().
  AVPacket* peek() {
    while (!loaded_ && !ended_) {
      const int error = av_read_frame(input_.get(), packet_.get());
      if (error < 0) {
        ended_ = true;
      } else if (packet_->stream_index == stream_->index) {
        if (packet_->pts != AV_NOPTS_VALUE) packet_->pts -= origin_;
        if (packet_->dts != AV_NOPTS_VALUE) packet_->dts -= origin_;
        loaded_ = true;
      } else {
        av_packet_unref(packet_.get());
      }
    }
    return loaded_ ? packet_.get() : nullptr;
  }
  void pop() {
    av_packet_unref(packet_.get());
    loaded_ = false;
  }
  double time_s(const AVPacket& packet) const {
    const std::int64_t stamp = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
    return stamp == AV_NOPTS_VALUE ? 0 : static_cast<double>(stamp) * av_q2d(stream_->time_base);
  }

 private:
  av::InputPtr input_;
  AVStream* stream_ = nullptr;
  std::int64_t origin_ = 0;
  av::PacketPtr packet_ = av::make_packet();
  bool loaded_ = false, ended_ = false;
};

class CopiedSound final : public Sound {
 public:
  CopiedSound(std::unique_ptr<Packets> packets, AVFormatContext& output)
      : packets_(std::move(packets)), output_(output) {
    stream_ = avformat_new_stream(&output, nullptr);
    if (stream_ == nullptr) throw std::bad_alloc();
    avcodec_parameters_copy(stream_->codecpar, packets_->stream().codecpar);
    stream_->codecpar->codec_tag = 0;  // the other container's
    stream_->time_base = packets_->stream().time_base;
  }

  int write_until(double time_s) override {
    while (AVPacket* packet = packets_->peek()) {
      const double start = packets_->time_s(*packet);
      if (start >= time_s) break;
      if (start >= 0) {  // a packet that begins before the first picture would move that picture
        av_packet_rescale_ts(packet, packets_->stream().time_base, stream_->time_base);
        packet->stream_index = stream_->index;
        if (const int error = av_interleaved_write_frame(&output_, packet); error < 0) return error;
      }
      packets_->pop();
    }
    return 0;
  }
  int finish(double time_s) override { return write_until(time_s); }

 private:
  std::unique_ptr<Packets> packets_;
  AVFormatContext& output_;
  AVStream* stream_ = nullptr;
};

struct FreeResampler {
  void operator()(SwrContext* resampler) const { swr_free(&resampler); }
};
struct FreeFifo {
  void operator()(AVAudioFifo* fifo) const { av_audio_fifo_free(fifo); }
};

class EncodedSound final : public Sound {
 public:
  static std::unique_ptr<Sound> open(std::unique_ptr<Packets> packets, AVFormatContext& output) {
    const AVCodecParameters& from = *packets->stream().codecpar;
    const AVCodec* reader = avcodec_find_decoder(from.codec_id);
    const AVCodec* writer = avcodec_find_encoder(AV_CODEC_ID_AAC);
    if (reader == nullptr || writer == nullptr) return nullptr;
    auto sound = std::unique_ptr<EncodedSound>(new EncodedSound(std::move(packets), output));
    sound->decoder_.reset(avcodec_alloc_context3(reader));
    if (avcodec_parameters_to_context(sound->decoder_.get(), &from) < 0) return nullptr;
    sound->decoder_->pkt_timebase = sound->packets_->stream().time_base;
    if (avcodec_open2(sound->decoder_.get(), reader, nullptr) < 0 || sound->decoder_->sample_rate <= 0)
      return nullptr;
    return sound->open_encoder(*writer) ? std::move(sound) : nullptr;
  }

  int write_until(double time_s) override {
    while (AVPacket* packet = packets_->peek()) {
      if (packets_->time_s(*packet) >= time_s) break;
      if (!origin_known_) {
        // What sounds before the first picture is cut off; what starts later gets silence in front.
        lead_samples_ = std::llround(packets_->time_s(*packet) * encoder_->sample_rate);
        origin_known_ = true;
        if (const int error = silence(lead_samples_); error < 0) return error;
      }
      if (avcodec_send_packet(decoder_.get(), packet) >= 0) {
        if (const int error = take_decoded(); error < 0) return error;
      }
      packets_->pop();
    }
    return encode(false);
  }

  int finish(double time_s) override {
    if (const int error = write_until(time_s); error < 0) return error;
    avcodec_send_packet(decoder_.get(), nullptr);
    if (const int error = take_decoded(); error < 0) return error;
    return encode(true);
  }

 private:
  EncodedSound(std::unique_ptr<Packets> packets, AVFormatContext& output)
      : packets_(std::move(packets)), output_(output) {}

  bool open_encoder(const AVCodec& writer) {
    AVChannelLayout layout{};
    av_channel_layout_default(&layout, decoder_->ch_layout.nb_channels > 1 ? 2 : 1);
    encoder_.reset(avcodec_alloc_context3(&writer));
    encoder_->sample_fmt = AV_SAMPLE_FMT_FLTP;
    encoder_->sample_rate =
        decoder_->sample_rate >= 44100 ? (decoder_->sample_rate == 44100 ? 44100 : 48000) : 44100;
    encoder_->bit_rate = 160000;
    encoder_->time_base = {1, encoder_->sample_rate};
    av_channel_layout_copy(&encoder_->ch_layout, &layout);
    if ((output_.oformat->flags & AVFMT_GLOBALHEADER) != 0) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (avcodec_open2(encoder_.get(), &writer, nullptr) < 0) return false;
    fifo_.reset(av_audio_fifo_alloc(encoder_->sample_fmt, layout.nb_channels, encoder_->frame_size));
    stream_ = avformat_new_stream(&output_, nullptr);
    if (stream_ == nullptr || !fifo_) throw std::bad_alloc();
    stream_->time_base = encoder_->time_base;
    avcodec_parameters_from_context(stream_->codecpar, encoder_.get());
    return true;
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

  int silence(std::int64_t samples) {
    while (samples > 0) {
      const int count = static_cast<int>(std::min<std::int64_t>(samples, encoder_->frame_size));
      const av::FramePtr frame = make_samples(count);
      av_samples_set_silence(frame->data, 0, count, frame->ch_layout.nb_channels, encoder_->sample_fmt);
      if (const int error = av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(frame->data), count);
          error < 0)
        return error;
      samples -= count;
    }
    return 0;
  }

  int take_decoded() {
    const av::FramePtr decoded = av::make_frame();
    while (avcodec_receive_frame(decoder_.get(), decoded.get()) >= 0) {
      if (!prepare_resampler(*decoded)) continue;
      const int room = swr_get_out_samples(resampler_.get(), decoded->nb_samples);
      const av::FramePtr frame = make_samples(std::max(room, 1));
      const int count = swr_convert(resampler_.get(), frame->data, room,
                                    const_cast<const std::uint8_t**>(decoded->data), decoded->nb_samples);
      if (count < 0) continue;
      if (const int error = av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(frame->data), count);
          error < 0)
        return error;
    }
    if (lead_samples_ < 0) {
      const int drop =
          static_cast<int>(std::min<std::int64_t>(-lead_samples_, av_audio_fifo_size(fifo_.get())));
      av_audio_fifo_drain(fifo_.get(), drop);
      lead_samples_ += drop;
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
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
      packet_->stream_index = stream_->index;
      if (const int failed = av_interleaved_write_frame(&output_, packet_.get()); failed < 0) return failed;
    }
  }

  std::unique_ptr<Packets> packets_;
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
  std::int64_t written_ = 0, lead_samples_ = 0;
  bool origin_known_ = false;
};

}  // namespace

std::unique_ptr<Sound> Sound::open(const std::string& file, AVFormatContext& output) {
  std::unique_ptr<Packets> packets = Packets::open(file);
  if (!packets) return nullptr;
  const AVCodecID codec = packets->stream().codecpar->codec_id;
  if (avformat_query_codec(output.oformat, codec, FF_COMPLIANCE_STRICT) == 1)
    return std::make_unique<CopiedSound>(std::move(packets), output);
  return EncodedSound::open(std::move(packets), output);
}

}  // namespace kith

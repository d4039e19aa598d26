// Sound as it is, bit for bit.
#include <algorithm>
#include <new>

#include "media/film_tags.h"
#include "media/sound.h"

namespace kith {
namespace {

class CopiedSound final : public Sound {
 public:
  CopiedSound(std::unique_ptr<SoundPackets> packets, AVFormatContext& output, bool delayed)
      : packets_(std::move(packets)), output_(output), delayed_(delayed) {
    stream_ = avformat_new_stream(&output, nullptr);
    if (stream_ == nullptr) throw std::bad_alloc();
    avcodec_parameters_copy(stream_->codecpar, &packets_->codec());
    stream_->codecpar->codec_tag = 0;  // the other container's
    stream_->time_base = packets_->stream().time_base;
    copy_tags(packets_->stream(), *stream_);
  }

  int write_until(double time_s) override {
    while (AVPacket* packet = packets_->peek()) {
      const double start = packets_->time_s(*packet).value_or(reached_s_);
      if (start >= time_s) break;
      reached_s_ = start;
      if (start >= 0) {  // a packet that begins before the first picture would move that picture
        if (const int error = write(*packet); error < 0) return error;
      }
      packets_->pop();
    }
    return 0;
  }
  int finish(double time_s) override { return write_until(time_s); }
  bool delays_header() const override { return delayed_; }

 private:
  int write(AVPacket& packet) {
    av_packet_rescale_ts(&packet, packets_->stream().time_base, stream_->time_base);
    packet.stream_index = stream_->index;
    if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts != AV_NOPTS_VALUE ? packet.pts : next_;
    const int step = (output_.oformat->flags & AVFMT_TS_NONSTRICT) != 0 ? 0 : 1;
    packet.dts = std::max(packet.dts, last_ + step);  // where parts overlap by less than a packet
    packet.pts = packet.pts == AV_NOPTS_VALUE ? packet.dts : std::max(packet.pts, packet.dts);
    last_ = packet.dts;
    next_ = last_ + packet.duration;
    return put(output_, packet);
  }

  std::unique_ptr<SoundPackets> packets_;
  AVFormatContext& output_;
  AVStream* stream_ = nullptr;
  bool delayed_;
  double reached_s_ = 0;
  std::int64_t last_ = -1, next_ = 0;  // ticks of the output
};

}  // namespace

std::unique_ptr<Sound> copy_sound(std::unique_ptr<SoundPackets> packets, AVFormatContext& output,
                                  bool delayed) {
  return std::make_unique<CopiedSound>(std::move(packets), output, delayed);
}

}  // namespace kith

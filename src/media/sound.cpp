#include "media/sound.h"

#include <algorithm>
#include <utility>

#include "media/container.h"

namespace kith {
namespace {

struct FreeTrial {
  void operator()(AVFormatContext* output) const {
    std::uint8_t* written = nullptr;
    if (output->pb != nullptr) avio_close_dyn_buf(output->pb, &written);
    av_free(written);
    avformat_free_context(output);
  }
};

// Headers are made of up to so many packets: E-AC-3 needs a few, TrueHD up to its next sync, every 8 to 128 packets.
constexpr std::size_t kTrialPackets = 130;

// Whether a container of this kind, beside this video, takes the packets.
bool can_hold(const AVFormatContext& output, SoundPackets& packets, bool delayed) {
  AVFormatContext* made = nullptr;
  if (avformat_alloc_output_context2(&made, output.oformat, nullptr, nullptr) < 0) return false;
  const std::unique_ptr<AVFormatContext, FreeTrial> trial(made);
  if (avio_open_dyn_buf(&made->pb) < 0) return false;
  AVStream* const video = avformat_new_stream(made, nullptr);
  AVStream* const sound = avformat_new_stream(made, nullptr);
  if (video == nullptr || sound == nullptr) return false;
  avcodec_parameters_copy(video->codecpar, output.streams[0]->codecpar);
  video->time_base = output.streams[0]->time_base;
  const std::deque<av::PacketPtr>& first = packets.first(kTrialPackets);
  avcodec_parameters_copy(sound->codecpar, &packets.codec());
  sound->codecpar->codec_tag = 0;  // the other container's
  sound->time_base = packets.stream().time_base;
  if (av::write_header(*made, delayed) < 0) return false;
  std::int64_t time = 0;  // their own may jump
  for (const av::PacketPtr& packet : first) {
    const av::PacketPtr copy(av_packet_clone(packet.get()));
    if (!copy) return false;
    copy->stream_index = sound->index;
    av_packet_rescale_ts(copy.get(), packets.stream().time_base, sound->time_base);
    copy->pts = copy->dts = time;
    time += std::max<std::int64_t>(copy->duration, 1);
    if (av_write_frame(made, copy.get()) < 0) return false;
  }
  return av_write_trailer(made) >= 0 && made->pb->error >= 0;
}

}  // namespace

int Sound::put(AVFormatContext& output, AVPacket& packet) {
  if (av_write_frame(&output, &packet) >= 0) return 0;
  if (output.pb != nullptr && output.pb->error < 0) return output.pb->error;
  incomplete_ = true;
  return 0;
}

SoundChoice open_sound(std::unique_ptr<SoundPackets> packets, AVFormatContext& output) {
  if (packets->peek() == nullptr) return {};
  if (can_hold(output, *packets, false)) return {copy_sound(std::move(packets), output, false), {}};
  // Nothing at all is written before the sound begins, so it must not begin late.
  constexpr double kSoon_s = 2;
  const bool soon = packets->time_s(*packets->peek()).value_or(0) < kSoon_s;
  if (soon && can_hold(output, *packets, true)) return {copy_sound(std::move(packets), output, true), {}};
  const std::string codec = avcodec_get_name(packets->codec().codec_id);
  SoundChoice choice{encode_sound(std::move(packets), output), {}};
  if (!choice.sound) choice.left_out = codec + " can be neither copied nor decoded";
  return choice;
}

}  // namespace kith

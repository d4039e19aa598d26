#include "media/sound.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "media/container.h"

namespace kith {
namespace {

// Headers are made of up to so many packets: E-AC-3 needs a few, TrueHD up to its next sync, every 8 to 128 packets.
constexpr std::size_t kTrialPackets = 130;

// A file in memory.
struct FreeWriter {
  void operator()(AVFormatContext* output) const {
    std::uint8_t* written = nullptr;
    if (output->pb != nullptr) avio_close_dyn_buf(output->pb, &written);
    av_free(written);
    avformat_free_context(output);
  }
};
struct Bytes {
  std::uint8_t* data = nullptr;
  int size = 0;
  int at = 0;
  Bytes() = default;
  ~Bytes() { av_free(data); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
};

int read_bytes(void* from, std::uint8_t* to, int most) {
  auto& bytes = *static_cast<Bytes*>(from);
  const int count = std::min(most, bytes.size - bytes.at);
  if (count <= 0) return AVERROR_EOF;
  std::copy_n(bytes.data + bytes.at, count, to);
  bytes.at += count;
  return count;
}

bool write_beginning(const AVFormatContext& output, SoundPackets& packets, bool delayed, Bytes& bytes) {
  AVFormatContext* made = nullptr;
  if (avformat_alloc_output_context2(&made, output.oformat, nullptr, nullptr) < 0) return false;
  const std::unique_ptr<AVFormatContext, FreeWriter> trial(made);
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
  if (av_write_trailer(made) < 0) return false;
  bytes.size = avio_close_dyn_buf(std::exchange(made->pb, nullptr), &bytes.data);
  return bytes.size > 0;
}

// One name for the layers of MPEG audio: mp4 does not tell them apart, and nobody needs it to.
AVCodecID family_of(AVCodecID codec) {
  return codec == AV_CODEC_ID_MP1 || codec == AV_CODEC_ID_MP2 ? AV_CODEC_ID_MP3 : codec;
}

bool can_be_decoded(const AVCodecParameters& codec) {
  const AVCodec* const decoder = avcodec_find_decoder(codec.codec_id);
  if (decoder == nullptr) return false;
  const av::CodecPtr opened(avcodec_alloc_context3(decoder));
  return opened && avcodec_parameters_to_context(opened.get(), &codec) >= 0 &&
         avcodec_open2(opened.get(), decoder, nullptr) >= 0;
}

// Some containers take what they then cannot describe.
bool read_again(Bytes& bytes, const AVOutputFormat& format, const AVCodecParameters& codec) {
  constexpr int kBuffer = 4096;
  AVFormatContext* input = avformat_alloc_context();
  AVIOContext* io = avio_alloc_context(static_cast<unsigned char*>(av_malloc(kBuffer)), kBuffer, 0, &bytes,
                                       &read_bytes, nullptr, nullptr);
  if (input == nullptr || io == nullptr) throw std::bad_alloc();
  input->pb = io;
  const bool matroska = std::string_view(format.name) == "matroska";
  bool same = false;
  if (avformat_open_input(&input, nullptr, av_find_input_format(matroska ? "matroska" : "mov"), nullptr) >=
      0) {
    const av::InputPtr opened(input);
    for (unsigned i = 0; i < input->nb_streams; ++i) {
      const AVCodecParameters& found = *input->streams[i]->codecpar;
      same |= found.codec_type == AVMEDIA_TYPE_AUDIO &&
              family_of(found.codec_id) == family_of(codec.codec_id) &&
              (can_be_decoded(found) || !can_be_decoded(codec));
    }
  }
  av_freep(&io->buffer);
  avio_context_free(&io);
  return same;
}

// Whether a container of this kind, beside this video, takes the packets and gives them back.
bool can_hold(const AVFormatContext& output, SoundPackets& packets, bool delayed) {
  Bytes bytes;
  return write_beginning(output, packets, delayed, bytes) &&
         read_again(bytes, *output.oformat, packets.codec());
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

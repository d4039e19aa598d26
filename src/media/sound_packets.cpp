#include "media/sound_packets.h"

#include <cmath>
#include <cstring>
#include <new>
#include <utility>

namespace kith {

SoundPackets::SoundPackets(std::unique_ptr<Demuxer> film, double first_picture_s)
    : film_(std::move(film)), codec_(avcodec_parameters_alloc()) {
  if (!codec_) throw std::bad_alloc();
  origin_ = std::llround(first_picture_s / av_q2d(stream().time_base));
  open_filter();
}

void SoundPackets::open_filter() {
  avcodec_parameters_copy(codec_.get(), stream().codecpar);
  if (codec_->codec_id != AV_CODEC_ID_AAC) return;
  AVBSFContext* filter = nullptr;
  if (av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &filter) < 0) return;
  filter_.reset(filter);
  avcodec_parameters_copy(filter->par_in, codec_.get());
  filter->time_base_in = stream().time_base;
  if (av_bsf_init(filter) < 0) filter_.reset();
}

AVPacket* SoundPackets::peek() {
  while (ready_.empty() && read_one()) {
  }
  return ready_.empty() ? nullptr : ready_.front().get();
}

const std::deque<av::PacketPtr>& SoundPackets::first(std::size_t count) {
  while (ready_.size() < count && read_one()) {
  }
  return ready_;
}

// @return false at the end. What the filter cannot read is left out.
bool SoundPackets::read_one() {
  if (ended_) return false;
  av::PacketPtr packet = av::make_packet();
  if (film_->read(*packet) < 0) {
    ended_ = true;
  } else if (packet->stream_index == stream().index && (packet->flags & AV_PKT_FLAG_DISCARD) == 0) {
    if (!filter_) {
      add(std::move(packet));
    } else if (av_bsf_send_packet(filter_.get(), packet.get()) >= 0) {
      while (av_bsf_receive_packet(filter_.get(), packet.get()) >= 0) {
        add(std::move(packet));
        packet = av::make_packet();
      }
    }
  }
  return !ended_;
}

void SoundPackets::add(av::PacketPtr packet) {
  if (packet->pts != AV_NOPTS_VALUE) packet->pts -= origin_;
  if (packet->dts != AV_NOPTS_VALUE) packet->dts -= origin_;
  std::size_t size = 0;
  const std::uint8_t* header = av_packet_get_side_data(packet.get(), AV_PKT_DATA_NEW_EXTRADATA, &size);
  if (header != nullptr && codec_->extradata == nullptr) {  // of the filter: what it took off the packets
    codec_->extradata = static_cast<std::uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
    if (codec_->extradata == nullptr) throw std::bad_alloc();
    std::memcpy(codec_->extradata, header, size);
    codec_->extradata_size = static_cast<int>(size);
  }
  ready_.push_back(std::move(packet));
}

std::optional<double> SoundPackets::time_s(const AVPacket& packet) const {
  const std::int64_t stamp = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (stamp == AV_NOPTS_VALUE) return std::nullopt;
  return static_cast<double>(stamp) * av_q2d(stream().time_base);
}

}  // namespace kith

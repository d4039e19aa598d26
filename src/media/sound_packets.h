// SoundPackets: the packets of a film's sound, with times from the film's first picture.
#pragma once

extern "C" {
#include <libavcodec/bsf.h>
}

#include <deque>
#include <memory>
#include <optional>

#include "media/demuxer.h"

namespace kith {

/// Not thread-safe.
class SoundPackets {
 public:
  /// @param film  has a sound. @param first_picture_s  by the film's clock.
  SoundPackets(std::unique_ptr<Demuxer> film, double first_picture_s);

  const AVStream& stream() const { return *film_->sound(); }
  /// As containers want it: AAC without the headers that broadcasts put before each packet.
  const AVCodecParameters& codec() const { return *codec_; }

  /// The next packet; nullptr at the end. Stays valid until pop().
  AVPacket* peek();
  void pop() { ready_.pop_front(); }
  /// The first packets (fewer where there are no more), which stay to be read.
  const std::deque<av::PacketPtr>& first(std::size_t count);
  /// When a packet sounds. @return nullopt when nobody says.
  std::optional<double> time_s(const AVPacket& packet) const;

 private:
  struct FreeFilter {
    void operator()(AVBSFContext* filter) const { av_bsf_free(&filter); }
  };
  struct FreeParameters {
    void operator()(AVCodecParameters* codec) const { avcodec_parameters_free(&codec); }
  };
  void open_filter();
  bool read_one();
  void add(av::PacketPtr packet);

  std::unique_ptr<Demuxer> film_;
  std::unique_ptr<AVCodecParameters, FreeParameters> codec_;
  std::unique_ptr<AVBSFContext, FreeFilter> filter_;
  std::int64_t origin_ = 0;  // the first picture, in ticks of the sound
  std::deque<av::PacketPtr> ready_;
  bool ended_ = false;
};

}  // namespace kith

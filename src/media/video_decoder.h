// VideoDecoder: decodes the video of a file, pipe, device or URL. Knows nothing of threads or of Frame.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "media/demuxer.h"
#include "media/frame_converter.h"

namespace kith {

struct DecoderOptions : DemuxerOptions {
  int threads = 0;  // 0 = as many as cores
};

/// Not thread-safe, save for what DemuxerOptions::stop does.
class VideoDecoder {
 public:
  struct Decoded {
    av::FramePtr frame;
    double time_s = 0;     // the stream's own clock, mended (joined_clock.h)
    bool damaged = false;  // made up in part by the decoder, or by what it took from such a picture
  };
  struct Damage {
    std::string what;
  };                  // something could not be read; decoding goes on
  struct Nothing {};  // non_blocking only: no frame yet
  struct End {};
  using Item = std::variant<Decoded, Damage, Nothing, End>;

  /// @throws Error kNotFound, kCorrupt, kUnsupported (no video in it), kIo; the message starts with `name`.
  VideoDecoder(const std::string& url, std::string name, DecoderOptions options);
  VideoDecoder(const VideoDecoder&) = delete;
  VideoDecoder& operator=(const VideoDecoder&) = delete;

  Item next();
  cv::Mat convert(const AVFrame& frame);

  cv::Size upright_size() const;
  double fps() const;                // 0 = not known
  std::int64_t frame_count() const;  // 0 = not known
  double duration_s() const;         // 0 = not known
  /// True when the last read gave up because of timeout_s.
  bool timed_out() const { return demuxer_.timed_out(); }
  /// False for what goes on for ever as far as can be known: a camera, a broadcast.
  bool has_end() const;
  /// It came from front to back only, and its pictures lie before what says where they are: they are past.
  bool is_past() const;
  /// A format of single pictures: a snapshot, or pictures one behind the other.
  bool is_pictures() const;

 private:
  void open_codec(int threads, bool non_blocking);
  void check_end(int error);
  bool pass_over(int error);
  void note_seen(const AVPacket& packet);
  std::optional<Item> receive();
  std::optional<Item> send();
  double time_of(const AVFrame& frame) const;
  bool is_damaged(const AVFrame& frame);
  Item damage(const std::string& what);

  std::string name_;
  std::function<bool()> stop_;
  Demuxer demuxer_;
  av::CodecPtr codec_;
  av::PacketPtr packet_ = av::make_packet();
  std::optional<FrameConverter> converter_;
  std::optional<Decoded> waiting_;      // a frame whose damage is reported first
  std::optional<std::string> cut_off_;  // reported at the end
  std::optional<double> damaged_from_s_;
  double last_time_s_ = 0, seen_until_s_ = 0, clock_until_s_ = 0, damaged_until_s_ = 0;
  bool is_live_ = false;  // and no pipe
  int passed_over_ = 0;   // unreadable pieces since the last packet
  int torn_in_ = 0;       // packets until what looked torn is damage
  bool drained_ = false, ended_ = false, in_damage_ = false, any_frame_ = false;
};

}  // namespace kith

// VideoDecoder: demuxes and decodes the video stream of a file, device or URL. Knows nothing of threads or of
// Frame.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "media/av.h"
#include "media/frame_converter.h"

namespace kith {

struct DecoderOptions {
  const AVInputFormat* format = nullptr;        // nullptr: found out
  std::map<std::string, std::string> settings;  // the demuxer's options
  double timeout_s = 0;                         // for one read, 0 = none
  bool any_certificate = false;  // https: also of a server whose certificate nobody vouches for
  std::function<bool()> stop;    // asked while a read waits
  bool non_blocking = false;     // devices: next() may return Nothing
  int threads = 0;               // 0 = as many as cores
};

/// Not thread-safe, save for what DecoderOptions::stop does.
class VideoDecoder {
 public:
  struct Decoded {
    av::FramePtr frame;
    double time_s = 0;  // the stream's own clock
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
  bool timed_out() const { return timed_out_; }
  /// False for what goes on for ever as far as can be known: a camera, a broadcast.
  bool has_end() const;
  /// A format of single pictures: a snapshot, or pictures one behind the other.
  bool is_pictures() const;

 private:
  void open(const std::string& url);
  void find_stream();
  void open_codec();
  void check_end(int error);
  bool pass_over(int error);
  std::optional<Item> receive();
  Item damage(const std::string& what);
  [[noreturn]] void refuse(int error, const std::string& reason) const;
  static int open_io(AVFormatContext* input, AVIOContext** io, const char* url, int flags,
                     AVDictionary** settings);
  static int on_interrupt(void* self);

  std::string name_;
  DecoderOptions options_;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
  int (*default_open_)(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) = nullptr;
  av::InputPtr input_;
  AVStream* stream_ = nullptr;
  av::CodecPtr codec_;
  av::PacketPtr packet_ = av::make_packet();
  std::optional<FrameConverter> converter_;
  std::optional<Decoded> waiting_;      // a frame whose damage is reported first
  std::optional<std::string> cut_off_;  // reported at the end
  double last_time_s_ = 0, seen_until_s_ = 0, damaged_until_s_ = 0;
  int passed_over_ = 0;  // unreadable pieces since the last packet
  bool drained_ = false, ended_ = false, in_damage_ = false, any_frame_ = false;
};

}  // namespace kith

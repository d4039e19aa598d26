// Demuxer: the packets of a file, pipe, device or URL, on one clock from the first to the last. Knows nothing of
// codecs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "media/av.h"
#include "media/joined_clock.h"

namespace kith {

struct DemuxerOptions {
  const AVInputFormat* format = nullptr;        // nullptr: found out
  std::map<std::string, std::string> settings;  // the demuxer's options
  double timeout_s = 0;                         // for one read, 0 = none
  std::function<bool()> stop;                   // asked while a read waits
  bool any_certificate = false;  // https: also of a server whose certificate nobody vouches for
  bool non_blocking = false;     // devices: read() may return EAGAIN
  // A pipe's bytes, in place of the URL's: how many were put there, 0 at the end, also when stop() says so.
  std::function<std::size_t(char* to, std::size_t most)> bytes;
};

/// The address by which FFmpeg opens this file whatever its name holds: "12:30.mp4" is no protocol. With
/// `settings` so that nothing in it leads elsewhere.
std::string file_url(const std::string& path);
std::map<std::string, std::string> file_settings();

/// Not thread-safe, save for what DemuxerOptions::stop does.
class Demuxer {
 public:
  /// @param url  file_url(), or an address. @param name  what messages start with.
  /// @throws Error kNotFound, kCorrupt, kUnsupported (no video in it), kIo.
  Demuxer(const std::string& url, std::string name, DemuxerOptions options);
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  /// The next packet of any stream; those of video() and sound() have mended times. @return an AVERROR, or 0.
  int read(AVPacket& packet);

  AVFormatContext& input() const { return *input_; }
  AVStream& video() const { return *video_; }
  AVStream* sound() const { return sound_; }  // that goes with the video; nullptr: none
  /// With the last packet, if it is of the video, a new part of a joined recording begins.
  bool begins_part() const { return begins_part_; }
  /// True when the last read gave up because of timeout_s.
  bool timed_out() const { return timed_out_; }

 private:
  struct FreeBytes {
    void operator()(AVIOContext* bytes) const;
  };
  void open(const std::string& url);
  void arm();
  void find_streams();
  [[noreturn]] void refuse(int error, const std::string& reason) const;
  static int open_io(AVFormatContext* input, AVIOContext** io, const char* url, int flags,
                     AVDictionary** settings);
  static int on_interrupt(void* self);
  static int on_bytes_wanted(void* self, std::uint8_t* to, int most);

  std::string name_;
  DemuxerOptions options_;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
  int (*default_open_)(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) = nullptr;
  std::unique_ptr<AVIOContext, FreeBytes> bytes_;  // outlives input_
  av::InputPtr input_;
  AVStream* video_ = nullptr;
  AVStream* sound_ = nullptr;
  JoinedClock clock_{false};
  bool begins_part_ = false;
};

}  // namespace kith

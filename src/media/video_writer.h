// VideoWriter: BGR pictures with their times -> an H.264 file that plays up to where the process died.
#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <string>

#include "media/av.h"

struct SwsContext;

namespace kith {

class Sound;

struct VideoWriterOptions {
  cv::Size size;         // px; odd sizes get one more row or column, a copy of the last
  double fps = 25;       // nominal, for players; the frames' own times are kept
  std::string sound_of;  // a file whose sound is taken over; empty = none
};

/// Not thread-safe. The file holds everything up to about two seconds before the last write(), whatever
/// happens.
class VideoWriter {
 public:
  /// @param path  .mp4, .m4v, .mov or .mkv. @throws Error kIo, kInvalidArgument (extension), kUnsupported (no
  /// encoder).
  VideoWriter(const std::filesystem::path& path, const VideoWriterOptions& options);
  ~VideoWriter();
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  /// @param image  CV_8UC3 BGR; another size is scaled to fit, with black around. @param time_ms  rising.
  /// @throws Error kIo (full disk), naming the file and the frame.
  void write(const cv::Mat& image, double time_ms);
  /// @throws Error kIo. Does nothing after a failure.
  void finish();

 private:
  struct CloseOutput {
    void operator()(AVFormatContext* output) const;
  };
  struct FreeScaler {
    void operator()(SwsContext* scaler) const;
  };

  void open_encoder(const VideoWriterOptions& options);
  void open_file();
  void send(const AVFrame* frame);
  void put(AVPacket& packet);
  void check(int error, const char* what);

  std::filesystem::path path_;
  cv::Size size_, coded_;
  std::unique_ptr<AVFormatContext, CloseOutput> output_;
  av::CodecPtr encoder_;
  AVStream* stream_ = nullptr;
  std::unique_ptr<Sound> sound_;
  std::unique_ptr<SwsContext, FreeScaler> scaler_;
  av::FramePtr frame_;
  av::PacketPtr packet_ = av::make_packet();
  std::int64_t last_stamp_ = -1, frames_ = 0, frame_ticks_ = 1;
  bool failed_ = false, finished_ = false;
};

}  // namespace kith

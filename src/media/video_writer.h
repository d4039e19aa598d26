// VideoWriter: BGR pictures with their times -> an H.264 file that plays up to where the process died.
#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

namespace kith {

struct VideoWriterOptions {
  cv::Size size;     // px; odd sizes get one more row or column, a copy of the last
  double fps = 25;   // nominal, for players; the frames' own times are kept
  std::string film;  // a file whose sound, tags and chapters are taken over; empty = none
};

/// Not thread-safe. The file holds everything up to about two seconds before the last write(), whatever
/// happens.
class VideoWriter {
 public:
  virtual ~VideoWriter() = default;
  /// @param image  CV_8UC3 BGR; another size is scaled to fit, with black around. @param time_ms  rising.
  /// @throws Error kIo (full disk), naming the file and the frame.
  virtual void write(const cv::Mat& image, double time_ms) = 0;
  /// @throws Error kIo. Does nothing after a failure.
  virtual void finish() = 0;
  /// What is missing in the file, though it is no failure: its sound. Complete after finish().
  virtual std::optional<std::string> missing() const = 0;
};

/// In libkith-video: elsewhere video_module().make_writer (modules.h).
/// @param path  .mp4, .m4v, .mov or .mkv. @throws Error kIo, kInvalidArgument (extension), kUnsupported (no
/// encoder).
std::unique_ptr<VideoWriter> make_video_writer(const std::filesystem::path& path,
                                               const VideoWriterOptions& options);

}  // namespace kith

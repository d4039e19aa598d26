// Two modules beside libkith, loaded when they are first needed. FFmpeg takes longer to load than a photo
// takes to be recognised, and what OpenCV's codecs and windows stand on (GDAL, Qt) twice as long
// (docs/performance.md).
#pragma once

#include <kith/frame.h>
#include <kith/sink.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "media/image_format.h"
#include "media/metadata.h"
#include "media/video_writer.h"

namespace kith {

/// libkith-pictures: reads pictures that are not JPEG; encodes, draws and shows pictures.
struct PictureModule {
  /// @return as stored: any depth and number of channels; HEIC and AVIF as decode_heif has them (heif.h), TIFF as decode_tiff
  /// (tiff.h). @throws Error without a file name.
  cv::Mat (*decode)(ImageFormat format, std::string_view bytes, std::uint64_t max_pixels);
  PictureMetadata (*heif_metadata)(std::string_view bytes);  // heif.h
  /// @param extension  ".jpg", ".png", ... @param jpeg_quality  0..100. @throws Error kUnsupported without a
  /// file name.
  std::vector<uchar> (*encode)(const std::string& extension, const cv::Mat& image, int jpeg_quality);
  cv::Mat (*render_text)(const std::string& text, int height_px);  // text.h
  std::unique_ptr<Sink> (*make_window_sink)();
};

/// Where a video's bytes come from.
struct VideoInput {
  std::string name;    // as the user called it
  std::string path;    // a file that can be opened more than once; empty: `bytes`
  std::string format;  // FFmpeg's name for it, where it could not find out by itself; else empty
  // How many bytes were put there; 0 at the end, or when SourceOptions::stop is set.
  std::function<std::size_t(char* to, std::size_t most)> bytes;
  std::shared_ptr<const void> holds;  // what `path` lasts as long as
};

/// libkith-video: everything that FFmpeg does.
struct VideoModule {
  std::unique_ptr<FrameSource> (*open_video)(const VideoInput& input, const SourceOptions& options);
  std::unique_ptr<FrameSource> (*open_camera)(const std::string& device, const std::string& name,
                                              const SourceOptions& options);
  std::unique_ptr<FrameSource> (*open_stream)(const std::string& url, const SourceOptions& options);
  std::unique_ptr<VideoWriter> (*make_writer)(const std::filesystem::path& path,
                                              const VideoWriterOptions& options);
};

/// Safe to call from several threads; stays loaded. @throws Error kUnsupported when it, or a library that it
/// stands on, is missing.
const PictureModule& picture_module();
const VideoModule& video_module();

}  // namespace kith

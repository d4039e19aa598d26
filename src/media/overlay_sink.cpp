// The annotated copy of a source: a picture, a folder of pictures, or a video.
#include <kith/error.h>
#include <kith/sink.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <string_view>

#include "core/files.h"
#include "media/video_writer.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 8> kPictures = {".jpg", ".jpeg", ".png",  ".webp",
                                                       ".bmp", ".tif",  ".tiff", ".ppm"};
constexpr std::array<std::string_view, 4> kVideos = {".mp4", ".m4v", ".mov", ".mkv"};

template <typename List>
bool ends_like(const fs::path& path, const List& extensions) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

void write_picture(const fs::path& path, const cv::Mat& image) {
  std::vector<uchar> bytes;
  std::string extension = ends_like(path, kPictures) ? path.extension().string() : ".jpg";
  const std::vector<int> settings = {cv::IMWRITE_JPEG_QUALITY, 95};
  try {
    if (!cv::imencode(extension, image, bytes, settings))
      throw Error(ErrorCode::kUnsupported, path.string() + ": cannot be encoded");
  } catch (const cv::Exception& failure) {
    throw Error(ErrorCode::kUnsupported, path.string() + ": cannot be encoded: " + failure.err);
  }
  write_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

class OverlaySink final : public Sink {
 public:
  explicit OverlaySink(fs::path path) : path_(std::move(path)) {}

  void begin(const SourceInfo& source) override {
    source_ = source;
    target_ = path_;
    const bool folder = source.kind == SourceKind::kFolder;
    const bool into_folder = fs::is_directory(path_) || !path_.has_filename();
    if (!folder && into_folder)
      target_ = path_ / (source.kind == SourceKind::kCamera ? "camera" : fs::path(source.name).filename());
    if (same_file(target_, source.name)) {
      throw Error(ErrorCode::kInvalidArgument,
                  target_.string() + ": is the input itself: choose another name for the output");
    }
    if (source.kind == SourceKind::kPhoto)
      require(kPictures, into_folder ? ".jpg" : "", "a photo: name it .jpg or .png");
    if (source.kind == SourceKind::kVideo || source.kind == SourceKind::kCamera) begin_video(into_folder);
    if (folder && ends_like(path_, kVideos))
      throw Error(ErrorCode::kInvalidArgument,
                  path_.string() + ": the input is a folder of photos: name a folder");
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure || frame.image.empty()) return;
    cv::Mat picture = frame.image.clone();
    draw_faces(picture, faces);
    if (video_) {
      video_->write(picture, frame.time_ms);
    } else if (source_.kind == SourceKind::kFolder) {
      write_picture(path_ / fs::path(frame.source).lexically_relative(source_.name), picture);
    } else {
      write_picture(target_, picture);
    }
  }

  void finish(const Summary&) override {
    if (video_) video_->finish();
    video_.reset();
  }

 private:
  // The extension decides the format; without one in a folder of outputs, `fallback` does.
  template <typename List>
  void require(const List& extensions, const std::string& fallback, const std::string& advice) {
    if (ends_like(target_, extensions)) return;
    if (fallback.empty())
      throw Error(ErrorCode::kInvalidArgument, target_.string() + ": the output is " + advice);
    target_.replace_extension(fallback);
  }

  void begin_video(bool into_folder) {
    require(kVideos, into_folder ? ".mp4" : "", "a video: name it .mp4 or .mkv");
    std::error_code ignored;
    if (target_.has_parent_path()) fs::create_directories(target_.parent_path(), ignored);
    VideoWriterOptions options;
    options.size = source_.size;
    options.fps = source_.fps;
    if (source_.kind == SourceKind::kVideo && fs::exists(source_.name, ignored))
      options.sound_of = source_.name;
    video_.emplace(target_, options);
  }

  fs::path path_, target_;
  SourceInfo source_;
  std::optional<VideoWriter> video_;
};

}  // namespace

std::unique_ptr<Sink> make_overlay_sink(const fs::path& path) { return std::make_unique<OverlaySink>(path); }

}  // namespace kith

// The annotated copy of a source: a picture, a folder of pictures, or a video.
#include <kith/error.h>
#include <kith/sink.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include "core/files.h"
#include "media/image_format.h"
#include "media/metadata.h"
#include "media/modules.h"

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

// What the photo says of itself; nothing where it cannot be read a second time.
PictureMetadata metadata_of(const fs::path& photo) {
  std::error_code ignored;
  if (!fs::is_regular_file(photo, ignored)) return {};
  const std::string bytes = read_file(photo);
  return read_metadata(sniff_format(bytes), bytes);
}

void write_picture(const fs::path& path, const cv::Mat& image, const fs::path& photo) {
  try {
    const std::vector<uchar> bytes = picture_module().encode(path.extension().string(), image, 95);
    write_file(path, with_metadata({bytes.begin(), bytes.end()}, image.size(), metadata_of(photo)));
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kUnsupported) throw;
    throw Error(e.code(), path.string() + ": " + e.what());
  }
}

class OverlaySink final : public Sink {
 public:
  explicit OverlaySink(fs::path path) : path_(std::move(path)) {}

  void begin(const SourceInfo& source) override {
    close_video();
    source_ = source;
    if (into_folder()) {
      begin_in_folder();
    } else {
      begin_file();
    }
    if (same_file(target_, source.name)) {
      throw Error(ErrorCode::kInvalidArgument,
                  target_.string() + ": is the input itself: choose another name for the output");
    }
    if (is_moving()) begin_video();
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure || frame.image.empty()) return;
    frame.image.copyTo(picture_);
    draw_faces(picture_, faces);
    if (video_) {
      video_->write(picture_, frame.time_ms);
    } else if (source_.kind == SourceKind::kFolder) {
      const fs::path target = below_output(frame.source, source_.name);
      if (same_file(target, frame.source)) {
        throw Error(ErrorCode::kInvalidArgument,
                    target.string() + ": is the input itself: choose another folder");
      }
      write_picture(unused(target), picture_, frame.source);
    } else {
      write_picture(target_, picture_, frame.source);
    }
  }

  void finish(const Summary&) override { close_video(); }

 private:
  bool is_moving() const { return source_.kind == SourceKind::kVideo || source_.kind == SourceKind::kCamera; }

  // A folder that is there, or a name that is neither a picture's nor a video's.
  bool into_folder() const {
    return source_.kind == SourceKind::kFolder || fs::is_directory(path_) || !path_.has_extension();
  }

  void begin_file() {
    if (!used_.insert(path_).second) {
      throw Error(ErrorCode::kInvalidArgument,
                  path_.string() + ": several inputs need a folder as their output");
    }
    if (is_moving() && !ends_like(path_, kVideos)) {
      throw Error(ErrorCode::kInvalidArgument,
                  path_.string() + ": the output is a video: name it .mp4 or .mkv");
    }
    if (!is_moving() && !ends_like(path_, kPictures)) {
      throw Error(ErrorCode::kInvalidArgument,
                  path_.string() + ": the output is a photo: name it .jpg or .png");
    }
    target_ = path_;
  }

  void begin_in_folder() {
    if (ends_like(path_, kVideos) || ends_like(path_, kPictures)) {
      if (!fs::is_directory(path_)) {
        throw Error(ErrorCode::kInvalidArgument,
                    path_.string() + ": the input is a folder of photos: name a folder for the output");
      }
    }
    target_ = path_;
    if (source_.kind == SourceKind::kFolder) return;
    const fs::path folder =
        source_.found_in.empty() ? fs::path(source_.name).parent_path() : fs::path(source_.found_in);
    target_ = unused(source_.kind == SourceKind::kCamera ? path_ / "camera.mp4"
                                                         : below_output(source_.name, folder));
  }

  // Where the copy of a file goes that lies below the folder: the same place, the same name; with another extension where
  // its own is none that we write. IMG_1.HEIC is IMG_1.jpg then, and IMG_1.HEIC.jpg beside another IMG_1.jpg.
  fs::path below_output(const fs::path& file, const fs::path& folder) const {
    fs::path target = path_ / (folder.empty() ? file : file.lexically_relative(folder));
    if (is_moving() ? ends_like(target, kVideos) : ends_like(target, kPictures)) return target;
    const std::string extension = is_moving() ? ".mp4" : ".jpg";
    std::error_code ignored;
    if (fs::exists(fs::path(file).replace_extension(extension), ignored)) return target += extension;
    return target.replace_extension(extension);
  }

  // Two inputs of one name: film.mp4, film-2.mp4.
  fs::path unused(const fs::path& wanted) {
    fs::path path = wanted;
    for (int i = 2; !used_.insert(path).second; ++i) {
      path = wanted.parent_path() /
             (wanted.stem().string() + "-" + std::to_string(i) + wanted.extension().string());
    }
    return path;
  }

  void begin_video() {
    std::error_code ignored;
    if (target_.has_parent_path()) fs::create_directories(target_.parent_path(), ignored);
    VideoWriterOptions options;
    options.size = source_.size;
    options.fps = source_.fps;
    if (source_.kind == SourceKind::kVideo && fs::exists(source_.name, ignored))
      options.sound_of = source_.name;
    video_ = video_module().make_writer(target_, options);
  }

  void close_video() {
    if (video_) video_->finish();
    video_.reset();
  }

  fs::path path_, target_;
  SourceInfo source_;
  cv::Mat picture_;  // kept: fresh memory for every frame costs more than drawing
  std::set<fs::path> used_;
  std::unique_ptr<VideoWriter> video_;
};

}  // namespace

std::unique_ptr<Sink> make_overlay_sink(const fs::path& path) { return std::make_unique<OverlaySink>(path); }

}  // namespace kith

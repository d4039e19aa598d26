// The annotated copy of a source: a picture, a folder of pictures, or a video.
#include <kith/error.h>
#include <kith/sink.h>

#include "core/files.h"
#include "media/copy_mark.h"
#include "media/copy_names.h"
#include "media/modules.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

void write_picture(const fs::path& path, const cv::Mat& image) {
  const std::string extension = is_written_picture(path) ? path.extension().string() : ".jpg";
  try {
    std::vector<uchar> bytes = picture_module().encode(extension, image, 95);
    add_copy_mark(bytes);
    write_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kUnsupported) throw;
    throw Error(e.code(), path.string() + ": " + e.what());
  }
}

class OverlaySink final : public Sink {
 public:
  OverlaySink(const fs::path& path, bool overwrite) : names_(path), overwrite_(overwrite) {}

  void begin(const SourceInfo& source) override {
    close_video();
    source_ = source;
    target_ = names_.of(source.kind, source.name);
    check(source.name);
    if (is_moving()) begin_video();
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure || frame.image.empty()) return;
    frame.image.copyTo(picture_);
    draw_faces(picture_, faces);
    if (video_) {
      video_->write(picture_, frame.time_ms);
    } else if (source_.kind == SourceKind::kFolder) {
      target_ = names_.below(source_.name, frame.source);
      check(frame.source);
      write_picture(target_, picture_);
    } else {
      write_picture(target_, picture_);
    }
  }

  void finish(const Summary&) override { close_video(); }

 private:
  bool is_moving() const { return source_.kind == SourceKind::kVideo || source_.kind == SourceKind::kCamera; }

  // The input, and what is no copy of Kith's, stays.
  void check(const std::string& source) const {
    std::error_code ignored;
    if (fs::equivalent(target_, source, ignored)) {
      throw Error(ErrorCode::kInvalidArgument,
                  target_.string() + ": is the input itself: choose another name for the output");
    }
    const bool replaces = fs::is_regular_file(target_, ignored) && fs::file_size(target_, ignored) > 0;
    if (replaces && !overwrite_ && !has_copy_mark(target_)) {
      throw Error(ErrorCode::kInvalidArgument,
                  target_.string() +
                      ": is there already and no annotated copy, so it is not replaced: choose "
                      "another name for the output, or move it away");
    }
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

  CopyNames names_;
  bool overwrite_;
  fs::path target_;
  SourceInfo source_;
  cv::Mat picture_;  // kept: fresh memory for every frame costs more than drawing
  std::unique_ptr<VideoWriter> video_;
};

}  // namespace

std::unique_ptr<Sink> make_overlay_sink(const fs::path& path, bool overwrite) {
  return std::make_unique<OverlaySink>(path, overwrite);
}

}  // namespace kith

// The annotated copy of a source: a picture, a folder of pictures, or a video.
#include <kith/error.h>
#include <kith/sink.h>

#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include "core/address.h"
#include "core/files.h"
#include "media/copy_mark.h"
#include "media/copy_names.h"
#include "media/image_format.h"
#include "media/metadata.h"
#include "media/modules.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

// What the photo says of itself; nothing where it cannot be read a second time.
PictureMetadata metadata_of(const fs::path& photo) {
  std::error_code ignored;
  if (!fs::is_regular_file(photo, ignored)) return {};
  const std::string bytes = read_file(photo);
  return read_metadata(sniff_format(bytes), bytes);
}

void write_picture(const fs::path& path, const cv::Mat& image, const fs::path& photo) {
  try {
    const std::vector<uchar> plain = picture_module().encode(path.extension().string(), image, 95);
    const std::string whole = with_metadata({plain.begin(), plain.end()}, image.size(), metadata_of(photo));
    std::vector<uchar> marked(whole.begin(), whole.end());
    add_copy_mark(marked);
    write_file(path, {reinterpret_cast<const char*>(marked.data()), marked.size()});
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kUnsupported) throw;
    throw Error(e.code(), path.string() + ": " + e.what());
  }
}

class OverlaySink final : public Sink {
 public:
  OverlaySink(const fs::path& path, bool overwrite, std::function<void(const std::string&)> missing)
      : names_(path), overwrite_(overwrite), missing_(std::move(missing)) {}

  void begin(const SourceInfo& source) override {
    close_video();
    source_ = source;
    target_ = names_.of(source);
    check(source.name);
    if (is_moving(source_.kind)) begin_video();
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure || frame.image.empty()) return;
    frame.image.copyTo(picture_);
    check_fonts(faces);
    draw_faces(picture_, faces);
    if (video_) {
      video_->write(picture_, frame.time_ms);
    } else if (source_.kind == SourceKind::kFolder) {
      target_ = names_.below(source_.name, frame.source);
      check(frame.source);
      write_picture(target_, picture_, frame.source);
    } else {
      write_picture(target_, picture_, frame.source);
    }
  }

  void finish(const Summary&) override { close_video(); }
  bool begins_anew(bool frame) const override { return !frame || source_.kind == SourceKind::kFolder; }

 private:
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
    options.film = source_.file.string();
    video_ = video_module().make_writer(target_, options);
    if (source_.kind == SourceKind::kVideo && source_.file.empty())
      tell(target_.string() + ": without sound: what comes through a pipe is read only once");
  }

  // Once a name.
  void check_fonts(std::span<const RecognizedFace> faces) {
    for (const RecognizedFace& face : faces) {
      const std::optional<std::string>& name = face.identity.name;
      if (!name || !looked_up_.insert(*name).second || picture_module().can_render(*name)) continue;
      tell(target_.string() + ": no font of this machine has all letters of " + *name +
           ", boxes stand in their place: install one (Debian: fonts-noto, fonts-noto-cjk)");
    }
  }

  void tell(const std::string& what) const {
    if (missing_) missing_(what);
  }

  void close_video() {
    if (const std::unique_ptr<VideoWriter> video = std::move(video_)) {
      video->finish();
      if (const auto missing = video->missing()) tell(*missing);
    }
  }

  CopyNames names_;
  bool overwrite_;
  fs::path target_;
  std::function<void(const std::string&)> missing_;
  SourceInfo source_;
  std::set<std::string> looked_up_;  // names
  cv::Mat picture_;                  // kept: fresh memory for every frame costs more than drawing
  std::unique_ptr<VideoWriter> video_;
};

}  // namespace

std::unique_ptr<Sink> make_overlay_sink(const fs::path& path, bool overwrite,
                                        std::function<void(const std::string&)> missing) {
  return std::make_unique<OverlaySink>(path, overwrite, std::move(missing));
}

}  // namespace kith

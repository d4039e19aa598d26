// Photos, alone or in folders.
#include <kith/error.h>

#include <utility>

#include "media/image_file.h"
#include "media/sources.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

Frame read_photo(const fs::path& path) {
  Frame frame;
  frame.source = path.string();
  try {
    frame.image = read_image(path);
  } catch (const Error& error) {
    frame.failure = error.what();
  }
  return frame;
}

class PhotoSource final : public FrameSource {
 public:
  PhotoSource(const std::string& input, cv::Mat image) {
    info_.name = input;
    info_.frames = 1;
    info_.size = image.size();
    frame_ = Frame{};
    frame_->image = std::move(image);
    frame_->source = input;
  }
  const SourceInfo& info() const override { return info_; }
  std::optional<Frame> next() override { return std::exchange(frame_, std::nullopt); }

 private:
  SourceInfo info_;
  std::optional<Frame> frame_;
};

class FolderSource final : public FrameSource {
 public:
  FolderSource(const std::string& input, const SourceOptions& options)
      : photos_(list_photos(input, options.leave_out)) {
    info_.kind = SourceKind::kFolder;
    info_.name = input;
    info_.frames = static_cast<std::int64_t>(photos_.pictures.size());
    info_.passed_over = photos_.passed_over_in_words(false);
    for (const fs::path& film : photos_.films) info_.films.push_back(film.string());
    if (photos_.pictures.empty() && photos_.films.empty() && photos_.unreadable.empty()) {
      throw Error(ErrorCode::kInvalidArgument,
                  input + ": the folder " +
                      (info_.passed_over.empty() ? "is empty"
                                                 : "holds no pictures and films, only " + info_.passed_over));
    }
  }
  const SourceInfo& info() const override { return info_; }

  std::optional<Frame> next() override {
    if (next_unreadable_ < photos_.unreadable.size()) {
      const auto& [folder, why] = photos_.unreadable[next_unreadable_++];
      Frame frame;
      frame.source = folder.string();
      frame.failure = folder.string() + ": the folder cannot be opened: " + why;
      return frame;
    }
    if (next_ == photos_.pictures.size()) return std::nullopt;
    return read_photo(photos_.pictures[next_++]);
  }

 private:
  PhotoList photos_;
  SourceInfo info_;
  std::size_t next_ = 0, next_unreadable_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> open_photo(const std::string& input) {
  return std::make_unique<PhotoSource>(input, read_image(input));
}
std::unique_ptr<FrameSource> open_photo(const std::string& name, std::string_view bytes) {
  return std::make_unique<PhotoSource>(name, decode_image(bytes, name));
}
std::unique_ptr<FrameSource> open_folder(const std::string& input, const SourceOptions& options) {
  return std::make_unique<FolderSource>(input, options);
}

}  // namespace kith

// Photos, alone or in folders.
#include <kith/error.h>
#include <sys/stat.h>

#include <algorithm>

#include "media/image_file.h"
#include "media/sources.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

using FolderId = std::pair<dev_t, ino_t>;

std::optional<FolderId> id_of(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return std::nullopt;
  return FolderId{status.st_dev, status.st_ino};
}

// `above` holds the folders on the way down, so that a link back up ends the search there.
void search(const fs::path& folder, std::vector<FolderId>& above, PhotoList& found) {
  const std::optional<FolderId> id = id_of(folder);
  if (id && std::find(above.begin(), above.end(), *id) != above.end()) return;
  std::error_code failed;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path());
  }
  if (failed) {
    found.unreadable.emplace_back(folder, failed.message());
    return;
  }
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  if (id) above.push_back(*id);
  for (const fs::path& entry : entries) {
    std::error_code ignored;
    if (fs::is_directory(entry, ignored)) {
      search(entry, above, found);
    } else if (is_image_name(entry) || is_unread_image_name(entry)) {
      found.pictures.push_back(entry);
    } else {
      found.passed_over.push_back(entry);
    }
  }
  if (id) above.pop_back();
}

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
  explicit FolderSource(const std::string& input) : photos_(list_photos(input)) {
    if (photos_.pictures.empty() && photos_.unreadable.empty()) {
      const std::string passed = photos_.passed_over.empty()
                                     ? "is empty"
                                     : "holds no pictures, only " +
                                           std::to_string(photos_.passed_over.size()) +
                                           " files of other kinds";
      throw Error(ErrorCode::kInvalidArgument, input + ": the folder " + passed);
    }
    info_.kind = SourceKind::kFolder;
    info_.name = input;
    info_.frames = static_cast<std::int64_t>(photos_.pictures.size());
    info_.passed_over = static_cast<std::int64_t>(photos_.passed_over.size());
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

PhotoList list_photos(const fs::path& folder) {
  std::error_code failed;
  const fs::file_status status = fs::status(folder, failed);
  if (status.type() == fs::file_type::not_found)
    throw Error(ErrorCode::kNotFound, folder.string() + ": no such folder");
  if (status.type() != fs::file_type::directory)
    throw Error(ErrorCode::kInvalidArgument, folder.string() + ": is not a folder");
  PhotoList found;
  std::vector<FolderId> above;
  search(folder, above, found);
  if (!found.unreadable.empty() && found.unreadable.front().first == folder) {
    throw Error(ErrorCode::kIo,
                folder.string() + ": the folder cannot be opened: " + found.unreadable.front().second);
  }
  return found;
}

std::unique_ptr<FrameSource> open_photo(const std::string& input) {
  return std::make_unique<PhotoSource>(input, read_image(input));
}
std::unique_ptr<FrameSource> open_photo(const std::string& name, std::string_view bytes) {
  return std::make_unique<PhotoSource>(name, decode_image(bytes, name));
}
std::unique_ptr<FrameSource> open_folder(const std::string& input) {
  return std::make_unique<FolderSource>(input);
}

}  // namespace kith

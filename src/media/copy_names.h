// Where the annotated copy of each source goes.
#pragma once

#include <kith/frame.h>

#include <filesystem>
#include <set>
#include <string>

namespace kith {

/// No name is given twice: film.mp4, film-2.mp4.
class CopyNames {
 public:
  /// @param out  a picture or video, or a folder: one that exists, or a name without extension.
  explicit CopyNames(std::filesystem::path out) : out_(std::move(out)) {}

  /// @return the copy of a photo or a video; of a folder, the folder for its copies.
  /// @throws Error kInvalidArgument when `out` does not fit the source, or is one file for several.
  std::filesystem::path of(const SourceInfo& source);
  /// The copy of a photo in a folder.
  std::filesystem::path below(const std::filesystem::path& folder, const std::filesystem::path& photo);

 private:
  std::filesystem::path as_file(bool moving);
  std::filesystem::path in_folder(const SourceInfo& source);
  std::filesystem::path unused(const std::filesystem::path& wanted);

  std::filesystem::path out_;
  std::set<std::filesystem::path> used_;
};

/// Whether a name ends like a picture, or a video, that can be written.
bool is_written_picture(const std::filesystem::path& path);
bool is_written_video(const std::filesystem::path& path);

}  // namespace kith

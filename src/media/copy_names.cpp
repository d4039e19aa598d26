#include "media/copy_names.h"

#include <kith/error.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "core/address.h"
#include "core/lower_case.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 8> kPictures = {".jpg", ".jpeg", ".png",  ".webp",
                                                       ".bmp", ".tif",  ".tiff", ".ppm"};
constexpr std::array<std::string_view, 4> kVideos = {".mp4", ".m4v", ".mov", ".mkv"};

template <typename List>
bool ends_like(const fs::path& path, const List& extensions) {
  return std::ranges::find(extensions, lower_extension(path)) != extensions.end();
}

// With another extension where its own is none that we write: IMG_1.HEIC is IMG_1.jpg then, and IMG_1.HEIC.jpg beside
// another IMG_1.jpg.
fs::path written_name(fs::path place, fs::path file, bool moving) {
  if (moving ? ends_like(place, kVideos) : ends_like(place, kPictures)) return place;
  const std::string extension = moving ? ".mp4" : ".jpg";
  std::error_code ignored;
  if (fs::exists(file.replace_extension(extension), ignored)) return place += extension;
  return place.replace_extension(extension);
}

}  // namespace

bool is_written_picture(const fs::path& path) { return ends_like(path, kPictures); }
bool is_written_video(const fs::path& path) { return ends_like(path, kVideos); }

fs::path CopyNames::of(const SourceInfo& source) {
  const bool folder = source.kind == SourceKind::kFolder || fs::is_directory(out_) || !out_.has_extension();
  return folder ? in_folder(source) : as_file(is_moving(source.kind));
}

fs::path CopyNames::below(const fs::path& folder, const fs::path& photo) {
  return unused(out_ / written_name(photo.lexically_relative(folder), photo, false));
}

fs::path CopyNames::as_file(bool moving) {
  const auto refuse = [&](const char* why) {
    throw Error(ErrorCode::kInvalidArgument, out_.string() + ": " + why);
  };
  if (!used_.insert(out_).second) refuse("several inputs need a folder as their output");
  if (moving && !ends_like(out_, kVideos)) refuse("the output is a video: name it .mp4 or .mkv");
  if (!moving && !ends_like(out_, kPictures)) refuse("the output is a photo: name it .jpg or .png");
  return out_;
}

fs::path CopyNames::in_folder(const SourceInfo& source) {
  if ((ends_like(out_, kVideos) || ends_like(out_, kPictures)) && !fs::is_directory(out_)) {
    throw Error(ErrorCode::kInvalidArgument,
                out_.string() + ": the input is a folder of photos: name a folder for the output");
  }
  if (source.kind == SourceKind::kFolder) return out_;
  fs::path place = file_name_of(source.name);
  if (!source.found_in.empty()) place = fs::path(source.name).lexically_relative(source.found_in);
  if (source.kind == SourceKind::kCamera || place.empty()) place = "camera";
  return unused(out_ / written_name(place, source.name, is_moving(source.kind)));
}

fs::path CopyNames::unused(const fs::path& wanted) {
  fs::path path = wanted;
  for (int i = 2; !used_.insert(path).second; ++i) {
    path = wanted.parent_path() /
           (wanted.stem().string() + "-" + std::to_string(i) + wanted.extension().string());
  }
  return path;
}

}  // namespace kith

// Which kind of source an input is.
#include <kith/error.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "media/image_format.h"
#include "media/modules.h"
#include "media/sources.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// "rtsp://...", also schemes that FFmpeg knows and we have not heard of; "file:" is a path.
bool is_url(const std::string& text) {
  const std::size_t end = text.find("://");
  return end != std::string::npos && end > 1 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                     [](unsigned char c) { return std::isalnum(c) != 0; });
}

// Pictures without a picture's name are recognised by their first bytes; of videos FFmpeg knows more.
bool looks_like_picture(const fs::path& path) {
  if (is_image_name(path) || is_unread_image_name(path)) return true;
  if (path.extension() == ".mjpeg" || path.extension() == ".mjpg") return false;  // begins like a JPEG
  std::ifstream in(path, std::ios::binary);
  std::string head(kSniffBytes, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  const ImageFormat format = sniff_format(head);
  return format != ImageFormat::kUnknown && format != ImageFormat::kGif;  // GIF: FFmpeg reads it as a video
}

}  // namespace

std::unique_ptr<FrameSource> FrameSource::open(const std::string& input, const SourceOptions& options) {
  std::error_code ignored;
  const fs::file_status status = fs::status(input, ignored);
  if (status.type() == fs::file_type::directory) return open_folder(input, options);
  if (status.type() == fs::file_type::character) return video_module().open_camera(input, input, options);
  if (fs::exists(status)) {
    if (looks_like_picture(input)) return open_photo(input);
    if (fs::file_size(input, ignored) == 0 && !ignored)
      throw Error(ErrorCode::kCorrupt, input + ": the file is empty");
    return video_module().open_video(input, options);
  }
  if (status.type() == fs::file_type::none)
    throw Error(ErrorCode::kIo, input + ": cannot be opened: " + ignored.message());
  if (is_url(input)) return video_module().open_stream(input, options);
  if (is_number(input)) return video_module().open_camera("/dev/video" + input, input, options);
  if (input.starts_with("/dev/video")) return video_module().open_camera(input, input, options);
  throw Error(ErrorCode::kNotFound, input + ": no such file");
}

}  // namespace kith

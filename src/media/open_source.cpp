// Which kind of source an input is.
#include <kith/error.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>

#include "core/address.h"
#include "core/lower_case.h"
#include "media/image_format.h"
#include "media/mjpeg.h"
#include "media/modules.h"
#include "media/pipe.h"
#include "media/sources.h"
#include "media/spool.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// How an input is to be read, by its first bytes and its name.
struct Kind {
  bool photo = false;
  std::string format;  // FFmpeg's, for videos that it would not know
};

// What comes one part after another, each a picture, as cameras send it over http.
bool is_multipart(std::string_view head, const Peek& peek) {
  constexpr std::size_t kHeader = 1024;
  return head.starts_with("--") && peek(kHeader).find("image/jpeg") != std::string_view::npos;
}

Kind kind_of(const fs::path& path, const Peek& peek) {
  const std::string_view head = peek(kSniffBytes);
  const ImageFormat format = sniff_format(head);
  if (format == ImageFormat::kGif) return {};  // FFmpeg reads it as a video
  if (format == ImageFormat::kJpeg) {
    const std::string extension = lower_extension(path);
    const bool film = extension == ".mjpeg" || extension == ".mjpg" || is_jpeg_film(peek);
    return film ? Kind{false, "mjpeg"} : Kind{true, {}};
  }
  if (format == ImageFormat::kText && is_multipart(head, peek)) return {false, "mpjpeg"};
  const bool named = is_image_name(path) || is_unread_image_name(path);
  return {named || format != ImageFormat::kUnknown, {}};
}

Peek peek_file(const fs::path& path) {
  const auto in = std::make_shared<std::ifstream>(path, std::ios::binary);
  const auto kept = std::make_shared<std::string>();
  return [in, kept](std::size_t bytes) {
    const std::size_t before = kept->size();
    if (bytes > before) {
      kept->resize(bytes);
      in->read(kept->data() + before, static_cast<std::streamsize>(bytes - before));
      kept->resize(before + static_cast<std::size_t>(std::max<std::streamsize>(in->gcount(), 0)));
    }
    return std::string_view(*kept).substr(0, bytes);
  };
}

std::unique_ptr<FrameSource> open_pipe(Pipe opened, const std::string& input, const SourceOptions& options) {
  const auto pipe = std::make_shared<Pipe>(std::move(opened));
  const Peek peek = [pipe](std::size_t bytes) { return pipe->peek(bytes); };
  const bool nothing = peek(1).empty();
  if (pipe->stopped()) throw Error(ErrorCode::kIo, input + ": interrupted");
  if (nothing) throw Error(ErrorCode::kCorrupt, input + ": nothing came through it");
  const Kind kind = kind_of({}, peek);
  if (kind.photo) {
    std::string bytes = pipe->read_all();
    if (pipe->stopped()) throw Error(ErrorCode::kIo, input + ": interrupted");
    return open_photo(input, std::move(bytes));
  }
  VideoInput video{input, {}, kind.format, {}, {}};
  if (has_index_last(peek)) {
    const auto spool = std::make_shared<Spool>(input, [&](char* to, std::size_t most) {
      const std::size_t count = pipe->read(to, most);
      if (pipe->stopped()) throw Error(ErrorCode::kIo, input + ": interrupted");
      return count;
    });
    video.path = spool->path();
    video.holds = spool;
  } else {
    video.bytes = [pipe](char* to, std::size_t most) { return pipe->read(to, most); };
  }
  return video_module().open_video(video, options);
}

}  // namespace

std::unique_ptr<FrameSource> FrameSource::open(const std::string& given, const SourceOptions& options) {
  if (const auto path = path_of_file_address(given)) return open(path->string(), options);
  if (std::optional<Pipe> pipe = Pipe::open(given, options.stop))
    return open_pipe(std::move(*pipe), given, options);
  const std::string input = given == "-" ? "/dev/stdin" : given;  // a file, by the shell's <
  std::error_code ignored;
  const fs::file_status status = fs::status(input, ignored);
  if (status.type() == fs::file_type::directory) return open_folder(input, options);
  if (status.type() == fs::file_type::character) return video_module().open_camera(input, input, options);
  if (fs::exists(status)) {
    if (fs::file_size(input, ignored) == 0 && !ignored)
      throw Error(ErrorCode::kCorrupt, input + ": the file is empty");
    const Kind kind = kind_of(input, peek_file(input));
    if (kind.photo) return open_photo(input);
    return video_module().open_video({input, input, kind.format, {}, {}}, options);
  }
  if (status.type() == fs::file_type::none)
    throw Error(ErrorCode::kIo, input + ": cannot be opened: " + ignored.message());
  if (is_address(input)) return video_module().open_stream(input, options);
  if (is_number(input)) return video_module().open_camera("/dev/video" + input, input, options);
  if (input.starts_with("/dev/video")) return video_module().open_camera(input, input, options);
  throw Error(ErrorCode::kNotFound, input + ": no such file");
}

}  // namespace kith

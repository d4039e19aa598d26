// One picture file -> 8-bit BGR, upright.
#include "media/image_file.h"

#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <opencv2/imgproc.hpp>
#include <string>
#include <string_view>

#include "core/files.h"
#include "core/lower_case.h"
#include "media/exif.h"
#include "media/image_format.h"
#include "media/jpeg.h"
#include "media/metadata.h"
#include "media/modules.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

// Case does not count.
bool ends_like(const fs::path& path, std::initializer_list<std::string_view> extensions) {
  return std::ranges::find(extensions, lower_extension(path)) != extensions.end();
}

// What 16-bit numbers and floats mean by white. Floats have no agreed range: most writers mean 1, and let highlights go
// somewhat above it; others keep that of 8 or 16 bits.
double white_of(const cv::Mat& image) {
  if (image.depth() == CV_16U) return 65535;
  double darkest = 0, brightest = 0;
  cv::minMaxLoc(image.reshape(1), &darkest, &brightest);
  if (brightest <= 16) return 1;
  return brightest <= 256 ? 255 : std::max(brightest, 65535.0);
}

// @param white  what stands for white, 0: as white_of has it.
cv::Mat to_8_bit(cv::Mat image, double white) {
  if (image.depth() == CV_8U && (white == 0 || white == 255)) return image;
  if (image.depth() != CV_8U && image.depth() != CV_16U && image.depth() != CV_32F)
    throw Error(ErrorCode::kUnsupported, "pixels of this depth are not supported");
  if (image.depth() == CV_32F) cv::patchNaNs(image);
  cv::Mat out;
  image.convertTo(out, CV_8U, 255 / (white == 0 ? white_of(image) : white));
  return out;
}

// Blended onto white, as viewers show it.
cv::Mat without_alpha(const cv::Mat& bgra) {
  cv::Mat bgr(bgra.size(), CV_8UC3);
  for (int y = 0; y < bgra.rows; ++y) {
    const auto* from = bgra.ptr<cv::Vec4b>(y);
    auto* to = bgr.ptr<cv::Vec3b>(y);
    for (int x = 0; x < bgra.cols; ++x) {
      const int alpha = from[x][3];
      for (int c = 0; c < 3; ++c)
        to[x][c] = static_cast<uchar>((from[x][c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
  return bgr;
}

cv::Mat to_bgr(const cv::Mat& image) {
  cv::Mat bgr;
  switch (image.channels()) {
    case 1:
      cv::cvtColor(image, bgr, cv::COLOR_GRAY2BGR);
      return bgr;
    case 3:
      return image;
    case 4:
      return without_alpha(image);
    default:
      throw Error(ErrorCode::kUnsupported, std::to_string(image.channels()) + " channels are not supported");
  }
}

cv::Mat decode_by_module(ImageFormat format, std::string bytes, std::uint64_t max_pixels) {
  if (stated_pixels(format, bytes) > max_pixels) refuse_size(max_pixels);
  if (const auto cut = find_cut(format, bytes))
    throw Error(ErrorCode::kCorrupt, "damaged or cut off: " + *cut);
  double white = 0;
  if (format == ImageFormat::kPng) bytes = without_extras(bytes);
  if (format == ImageFormat::kTiff) set_upright(bytes);
  if (format == ImageFormat::kWebp) mend_webp_size(bytes);
  if (format == ImageFormat::kPnm) {
    white = white_of_pnm(bytes);
    bytes += '\n';  // OpenCV wants a blank after the last number too
  }
  return to_bgr(to_8_bit(picture_module().decode(format, bytes, max_pixels), white));
}

// libheif turns by itself, and by the file's own boxes: its EXIF only repeats them.
Turn turn_of(ImageFormat format, std::string_view bytes) {
  const bool turned_already = format == ImageFormat::kHeic || format == ImageFormat::kAvif;
  return turned_already ? Turn() : exif_turn(find_exif(format, bytes));
}

cv::Mat decode(std::string_view bytes, bool raw_by_name, std::uint64_t max_pixels) {
  if (bytes.empty()) throw Error(ErrorCode::kCorrupt, "the file is empty");
  ImageFormat format = sniff_format(bytes);
  if (format == ImageFormat::kTiff && (raw_by_name || is_camera_raw(bytes))) format = ImageFormat::kRaw;
  if (format == ImageFormat::kUnknown) throw Error(ErrorCode::kUnsupported, "not a picture");
  if (format == ImageFormat::kText) throw Error(ErrorCode::kUnsupported, "holds text, not a picture");
  if (!is_readable(format))
    throw Error(ErrorCode::kUnsupported,
                name_of(format) + " pictures are not supported: save it as JPEG or PNG");
  const Turn turn = turn_of(format, bytes);
  return turned(format == ImageFormat::kJpeg ? decode_jpeg(bytes, max_pixels)
                                             : decode_by_module(format, std::string(bytes), max_pixels),
                turn);
}

}  // namespace

cv::Mat decode_image(std::string_view bytes, const std::string& name, std::uint64_t max_pixels) {
  try {
    return decode(bytes, is_unread_image_name(name), max_pixels);
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kUnsupported, name + ": too large for the memory of this machine");
  }
}

cv::Mat read_image(const fs::path& path) { return decode_image(read_file(path), path.string()); }

bool is_image_name(const fs::path& path) {
  return ends_like(path, {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff",
                          ".pgm", ".ppm", ".pbm", ".pnm", ".heic", ".heif", ".hif", ".avif"});
}

bool is_unread_image_name(const fs::path& path) {
  return ends_like(path,
                   {".jxl", ".jp2", ".j2k", ".psd", ".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".srf",
                    ".sr2", ".raf", ".rw2", ".orf", ".pef", ".srw", ".x3f", ".3fr", ".iiq", ".erf", ".mrw"});
}

bool is_video_name(const fs::path& path) {
  return ends_like(path, {".mp4", ".m4v", ".mov",  ".mkv", ".webm", ".avi",   ".mts",  ".m2ts",
                          ".ts",  ".mpg", ".mpeg", ".vob", ".wmv",  ".asf",   ".flv",  ".f4v",
                          ".3gp", ".3g2", ".ogv",  ".dv",  ".mxf",  ".mjpeg", ".mjpg", ".gif"});
}

}  // namespace kith

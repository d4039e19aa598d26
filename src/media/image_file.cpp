// One picture file -> 8-bit BGR, upright.
#include "media/image_file.h"

#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <opencv2/imgproc.hpp>
#include <string>
#include <string_view>

#include "core/files.h"
#include "media/exif.h"
#include "media/image_format.h"
#include "media/jpeg.h"
#include "media/modules.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

std::string extension_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

cv::Mat to_8_bit(const cv::Mat& image) {
  cv::Mat out;
  switch (image.depth()) {
    case CV_8U:
      return image;
    case CV_16U:
      image.convertTo(out, CV_8U, 1.0 / 257);
      return out;
    case CV_32F:
    case CV_64F:
      image.convertTo(out, CV_8U, 255);
      return out;
    default:
      throw Error(ErrorCode::kUnsupported, "pixels of this depth are not supported");
  }
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

cv::Mat decode_by_module(ImageFormat format, std::string_view bytes) {
  if (const auto cut = find_cut(format, bytes))
    throw Error(ErrorCode::kCorrupt, "damaged or cut off: " + *cut);
  std::string plain;
  if (format == ImageFormat::kPng) bytes = plain = without_extras(bytes);
  return to_bgr(to_8_bit(picture_module().decode(bytes)));
}

cv::Mat decode(std::string_view bytes) {
  if (bytes.empty()) throw Error(ErrorCode::kCorrupt, "the file is empty");
  const ImageFormat format = sniff_format(bytes);
  if (format == ImageFormat::kUnknown) throw Error(ErrorCode::kUnsupported, "not a picture");
  if (!is_readable(format)) {
    const std::string name = name_of(format);
    throw Error(
        ErrorCode::kUnsupported,
        (format == ImageFormat::kText ? "holds text, not a picture"
                                      : name + " pictures are not supported: save it as JPEG or PNG"));
  }
  const cv::Mat image = format == ImageFormat::kJpeg ? decode_jpeg(bytes) : decode_by_module(format, bytes);
  return turned(image, exif_turn(format, bytes));
}

}  // namespace

cv::Mat decode_image(std::string_view bytes, const std::string& name) {
  try {
    return decode(bytes);
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kUnsupported, name + ": too large for the memory of this machine");
  }
}

cv::Mat read_image(const fs::path& path) { return decode_image(read_file(path), path.string()); }

bool is_image_name(const fs::path& path) {
  static constexpr std::array<std::string_view, 14> kExtensions = {".jpg",  ".jpeg", ".jpe", ".jfif", ".png",
                                                                   ".webp", ".bmp",  ".dib", ".tif",  ".tiff",
                                                                   ".pgm",  ".ppm",  ".pbm", ".pnm"};
  return std::find(kExtensions.begin(), kExtensions.end(), extension_of(path)) != kExtensions.end();
}

bool is_unread_image_name(const fs::path& path) {
  static constexpr std::array<std::string_view, 13> kExtensions = {".heic", ".heif", ".avif", ".jxl", ".jp2",
                                                                   ".j2k",  ".psd",  ".dng",  ".cr2", ".cr3",
                                                                   ".nef",  ".arw",  ".gif"};
  return std::find(kExtensions.begin(), kExtensions.end(), extension_of(path)) != kExtensions.end();
}

}  // namespace kith

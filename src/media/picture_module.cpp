// What libkith-pictures offers (modules.h), and OpenCV's codecs: PNG, WebP, BMP and PNM.
#include <kith/error.h>
#include <kith/export.h>

#include <opencv2/imgcodecs.hpp>

#include "media/heif.h"
#include "media/modules.h"
#include "media/text.h"
#include "media/tiff.h"
#include "media/window_sink.h"

namespace kith {
namespace {

cv::Mat decode(ImageFormat format, std::string_view bytes, std::uint64_t max_pixels) {
  if (format == ImageFormat::kHeic || format == ImageFormat::kAvif) return decode_heif(bytes, max_pixels);
  if (format == ImageFormat::kTiff) return decode_tiff(bytes, max_pixels);
  const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  try {
    cv::Mat image = cv::imdecode(raw, cv::IMREAD_UNCHANGED);
    if (image.empty()) throw Error(ErrorCode::kCorrupt, "damaged, cut off or of an unusual kind");
    return image;
  } catch (const cv::Exception& failure) {
    if (failure.code == cv::Error::StsNoMem)
      throw Error(ErrorCode::kUnsupported, "too large for the memory of this machine");
    throw Error(ErrorCode::kUnsupported, "cannot be decoded: " + failure.err);
  }
}

std::vector<uchar> encode(const std::string& extension, const cv::Mat& image, int jpeg_quality) {
  std::vector<uchar> bytes;
  try {
    if (cv::imencode(extension, image, bytes, {cv::IMWRITE_JPEG_QUALITY, jpeg_quality})) return bytes;
  } catch (const cv::Exception& failure) {
    throw Error(ErrorCode::kUnsupported, "cannot be encoded: " + failure.err);
  }
  throw Error(ErrorCode::kUnsupported, "cannot be encoded");
}

}  // namespace
}  // namespace kith

extern "C" {
KITH_EXPORT extern const kith::PictureModule kith_picture_module;
const kith::PictureModule kith_picture_module{kith::decode, kith::heif_metadata, kith::encode,
                                              kith::render_text, kith::open_window};
}

#include "media/tiff.h"

#include <kith/error.h>
#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <string>

#include "media/image_format.h"

namespace kith {
namespace {

// No compression of photos comes near; a page of fax without a word on it may.
constexpr std::uint64_t kMostPixelsAByte = std::uint64_t{1} << 14U;

// What libtiff reads from, and what it last complained about.
struct Memory {
  std::string_view bytes;
  std::uint64_t at = 0;
  std::string complaint;
};

tmsize_t read(thandle_t handle, void* to, tmsize_t wanted) {
  auto& memory = *static_cast<Memory*>(handle);
  const std::uint64_t left = memory.bytes.size() - std::min<std::uint64_t>(memory.at, memory.bytes.size());
  const auto size = std::min(static_cast<std::uint64_t>(wanted), left);
  if (size > 0) std::memcpy(to, memory.bytes.data() + memory.at, size);
  memory.at += size;
  return static_cast<tmsize_t>(size);
}
tmsize_t refuse(thandle_t, void*, tmsize_t) { return -1; }
toff_t seek(thandle_t handle, toff_t offset, int whence) {
  auto& memory = *static_cast<Memory*>(handle);
  if (whence == SEEK_SET) memory.at = offset;
  if (whence == SEEK_CUR) memory.at += offset;
  if (whence == SEEK_END) memory.at = memory.bytes.size() + offset;
  return memory.at;
}
int close(thandle_t) { return 0; }
toff_t size(thandle_t handle) { return static_cast<Memory*>(handle)->bytes.size(); }
int map(thandle_t handle, void** base, toff_t* length) {
  const std::string_view bytes = static_cast<Memory*>(handle)->bytes;
  *base = const_cast<char*>(bytes.data());
  *length = bytes.size();
  return 1;
}
void unmap(thandle_t, void*, toff_t) {}

int complain(TIFF*, void* handle, const char*, const char* format, va_list values) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, values);
  static_cast<Memory*>(handle)->complaint = text;
  return 1;
}
int stay_silent(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffPtr = std::unique_ptr<TIFF, CloseTiff>;

TiffPtr open(Memory& memory) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), complain, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), stay_silent, nullptr);
  return TiffPtr(
      TIFFClientOpenExt("memory", "r", &memory, read, refuse, seek, close, size, map, unmap, options.get()));
}

// libtiff gives red, green, blue, each multiplied by alpha, and alpha.
void put_onto_white(const cv::Mat& rgba, cv::Mat bgr) {
  for (int y = 0; y < rgba.rows; ++y) {
    const auto* from = rgba.ptr<std::uint32_t>(y);
    auto* to = bgr.ptr<cv::Vec3b>(y);
    for (int x = 0; x < rgba.cols; ++x) {
      const std::uint32_t white = 255 - TIFFGetA(from[x]);
      to[x] = {cv::saturate_cast<uchar>(TIFFGetB(from[x]) + white),
               cv::saturate_cast<uchar>(TIFFGetG(from[x]) + white),
               cv::saturate_cast<uchar>(TIFFGetR(from[x]) + white)};
    }
  }
}

// A strip, or a row of tiles, at a time.
cv::Mat read_colours(TIFF* tiff, cv::Size size, const Memory& memory) {
  struct Image : TIFFRGBAImage {
    ~Image() { TIFFRGBAImageEnd(this); }
  };
  char why[1024] = {};
  constexpr int kStopOnError = 1;
  if (TIFFRGBAImageOK(tiff, why) == 0)
    throw Error(ErrorCode::kUnsupported, std::string("of a kind that is not supported: ") + why);
  Image image{};
  if (TIFFRGBAImageBegin(&image, tiff, kStopOnError, why) == 0)
    throw Error(ErrorCode::kCorrupt, std::string("damaged or cut off: ") + why);
  image.req_orientation = ORIENTATION_TOPLEFT;
  std::uint32_t stated = 0;
  TIFFGetFieldDefaulted(tiff, TIFFIsTiled(tiff) != 0 ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP, &stated);
  const int rows =
      static_cast<int>(std::clamp<std::uint32_t>(stated, 1, static_cast<std::uint32_t>(size.height)));
  cv::Mat rgba(rows, size.width, CV_8UC4), bgr(size, CV_8UC3);
  for (int y = 0; y < size.height; y += rows) {
    const int height = std::min(rows, size.height - y);
    image.row_offset = y;
    if (TIFFRGBAImageGet(&image, rgba.ptr<std::uint32_t>(), static_cast<std::uint32_t>(size.width),
                         static_cast<std::uint32_t>(height)) == 0)
      throw Error(ErrorCode::kCorrupt, "damaged or cut off: " + memory.complaint);
    put_onto_white(rgba.rowRange(0, height), bgr.rowRange(y, y + height));
  }
  return bgr;
}

// Rows of 32-bit floats, as scanners' and astronomers' programs write them.
cv::Mat read_floats(TIFF* tiff, cv::Size size, const Memory& memory) {
  std::uint16_t bits = 0, channels = 1, planes = PLANARCONFIG_CONTIG;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &channels);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planes);
  const bool plain = bits == 32 && (channels == 1 || channels == 3 || channels == 4);
  if (!plain || (planes != PLANARCONFIG_CONTIG && channels > 1) || TIFFIsTiled(tiff) != 0)
    throw Error(ErrorCode::kUnsupported,
                "floats of this kind are not supported: save it with 8 or 16 bits a channel");
  cv::Mat image(size, CV_32FC(channels));
  if (TIFFScanlineSize64(tiff) != image.step[0])
    throw Error(ErrorCode::kCorrupt, "damaged: its rows do not fit its width");
  for (int y = 0; y < size.height; ++y) {
    if (TIFFReadScanline(tiff, image.ptr(y), static_cast<std::uint32_t>(y), 0) < 0)
      throw Error(ErrorCode::kCorrupt, "damaged or cut off: " + memory.complaint);
  }
  if (channels == 1) return image;
  cv::cvtColor(image, image, channels == 3 ? cv::COLOR_RGB2BGR : cv::COLOR_RGBA2BGRA);
  return image;
}

}  // namespace

cv::Mat decode_tiff(std::string_view bytes, std::uint64_t max_pixels) {
  Memory memory{bytes, 0, {}};
  const TiffPtr tiff = open(memory);
  if (!tiff) throw Error(ErrorCode::kCorrupt, "damaged or cut off: " + memory.complaint);
  std::uint32_t width = 0, height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  if (width == 0 || height == 0) throw Error(ErrorCode::kCorrupt, "damaged: it states no size");
  if (std::uint64_t{width} * height > max_pixels) refuse_size(max_pixels);
  if (std::uint64_t{width} * height > bytes.size() * kMostPixelsAByte)
    throw Error(ErrorCode::kCorrupt, "damaged: it states a size that it is too short for");
  std::uint16_t format = SAMPLEFORMAT_UINT;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_SAMPLEFORMAT, &format);
  const cv::Size size(static_cast<int>(width), static_cast<int>(height));
  try {
    return format == SAMPLEFORMAT_IEEEFP ? read_floats(tiff.get(), size, memory)
                                         : read_colours(tiff.get(), size, memory);
  } catch (const cv::Exception&) {
    throw Error(ErrorCode::kUnsupported, "too large for the memory of this machine");
  }
}

}  // namespace kith

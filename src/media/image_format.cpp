#include "media/image_format.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

namespace kith {
namespace {

using namespace std::string_view_literals;

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// ISO base media "ftyp" brands (ISO/IEC 23008-12 for HEIF, AOM's AVIF specification).
ImageFormat sniff_ftyp(std::string_view head) {
  const std::string_view brand = head.substr(8, 4);
  if (brand == "avif" || brand == "avis") return ImageFormat::kAvif;
  for (const std::string_view known :
       {"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv, "mif1"sv, "msf1"sv}) {
    if (brand == known) return head.find("avif") != head.npos ? ImageFormat::kAvif : ImageFormat::kHeic;
  }
  return ImageFormat::kUnknown;
}

bool is_text(std::string_view head) {
  return !head.empty() && std::all_of(head.begin(), head.end(), [](unsigned char c) {
    return c >= 32 || c == '\n' || c == '\r' || c == '\t';
  });
}

std::optional<std::string> find_png_cut(std::string_view bytes) {
  try {
    without_extras(bytes);
    return std::nullopt;
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
}

// The numbers after "P6": width, height and, save for bitmaps, the largest value (netpbm's ppm(5)). Comments
// run from '#' to the line's end; one blank ends the header.
std::uint64_t stated_pnm_size(std::string_view bytes) {
  const char kind = bytes[1];
  if (kind < '4') return 0;  // plain text: the decoder counts the numbers
  std::uint64_t numbers[3] = {};
  const int wanted = kind == '4' ? 2 : 3;
  std::size_t at = 2;
  for (int i = 0; i < wanted && at < bytes.size();) {
    const char c = bytes[at];
    if (c == '#') {
      at = std::min(bytes.find('\n', at), bytes.size());
    } else if (c >= '0' && c <= '9') {
      for (; at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9'; ++at) {
        numbers[i] =
            std::min<std::uint64_t>(numbers[i] * 10 + static_cast<std::uint64_t>(bytes[at] - '0'), 1U << 30U);
      }
      ++i;
    } else {
      ++at;
    }
  }
  const std::uint64_t row =
      kind == '4' ? (numbers[0] + 7) / 8 : numbers[0] * (kind == '6' ? 3 : 1) * (numbers[2] > 255 ? 2 : 1);
  return at + 1 + row * numbers[1];
}

std::optional<std::string> find_size_cut(std::uint64_t stated, std::size_t there) {
  if (stated <= there) return std::nullopt;
  return std::to_string(stated - there) + " of " + std::to_string(stated) + " bytes are missing";
}

// Where the pixels begin, and their rows of whole 4 bytes (BITMAPINFOHEADER: Microsoft's bitmap storage); 0
// for compressed ones, and for a header that is not there.
std::uint64_t stated_bmp_size(std::string_view bytes) {
  constexpr std::size_t kInfoHeader = 40;
  constexpr std::size_t kInfoEnd = 54;
  if (bytes.size() < kInfoEnd || little_endian(bytes, 14) < kInfoHeader) return 0;
  const std::uint32_t compression = little_endian(bytes, 30);
  if (compression != 0 && compression != 3) return 0;  // 3: plain, with masks
  const std::uint64_t bits = little_endian(bytes, 28) & 0xFFFFU;
  const auto side = [&](std::size_t at) {  // a negative height: the first row comes first
    return static_cast<std::uint64_t>(
        std::abs(static_cast<std::int64_t>(static_cast<std::int32_t>(little_endian(bytes, at)))));
  };
  return little_endian(bytes, 10) + (side(18) * bits + 31) / 32 * 4 * side(22);
}

}  // namespace

ImageFormat sniff_format(std::string_view head) {
  head = head.substr(0, kSniffBytes);
  const auto starts = [head](std::string_view magic) { return head.starts_with(magic); };
  if (starts("\xFF\xD8\xFF")) return ImageFormat::kJpeg;
  if (starts("\x89PNG\r\n\x1A\n")) return ImageFormat::kPng;
  if (starts("RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP") return ImageFormat::kWebp;
  if (starts("BM") && head.size() >= 18 && little_endian(head, 14) <= 124) return ImageFormat::kBmp;
  if (starts("II*\0"sv) || starts("MM\0*"sv)) return ImageFormat::kTiff;
  if (starts("\0\0\0\x0CjP  \r\n"sv) || starts("\xFF\x4F\xFF\x51")) return ImageFormat::kJpeg2000;
  if (head.size() >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' &&
      std::isspace(static_cast<unsigned char>(head[2])) != 0) {
    return ImageFormat::kPnm;
  }
  if (starts("GIF8")) return ImageFormat::kGif;
  if (starts("8BPS")) return ImageFormat::kPsd;
  if (starts("\xFF\x0A") || starts("\0\0\0\x0CJXL "sv)) return ImageFormat::kJpegXl;
  if (head.size() >= 12 && head.substr(4, 4) == "ftyp") return sniff_ftyp(head);
  return is_text(head) ? ImageFormat::kText : ImageFormat::kUnknown;
}

std::string name_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return "JPEG";
    case ImageFormat::kPng:
      return "PNG";
    case ImageFormat::kWebp:
      return "WebP";
    case ImageFormat::kBmp:
      return "BMP";
    case ImageFormat::kTiff:
      return "TIFF";
    case ImageFormat::kPnm:
      return "PNM";
    case ImageFormat::kJpeg2000:
      return "JPEG 2000";
    case ImageFormat::kGif:
      return "GIF";
    case ImageFormat::kHeic:
      return "HEIC";
    case ImageFormat::kAvif:
      return "AVIF";
    case ImageFormat::kJpegXl:
      return "JPEG XL";
    case ImageFormat::kPsd:
      return "Photoshop";
    case ImageFormat::kText:
      return "text";
    case ImageFormat::kUnknown:
      break;
  }
  return "unknown";
}

bool is_readable(ImageFormat format) { return format >= ImageFormat::kJpeg && format <= ImageFormat::kPnm; }

std::string without_extras(std::string_view png) {
  constexpr std::size_t kSignature = 8, kFrame = 12;  // length, type and checksum around each chunk's data
  std::string kept(png.substr(0, kSignature));
  for (std::size_t at = kSignature; at + kFrame <= png.size();) {
    const std::size_t length = big_endian(png, at);
    if (length > png.size() - at - kFrame) break;
    const std::string_view type = png.substr(at + 4, 4);
    // Lower case in the first letter: the picture can be shown without this chunk (PNG specification, 5.4).
    const bool extra = (static_cast<unsigned char>(type[0]) & 0x20U) != 0 && type != "tRNS";
    if (!extra) {
      const auto* checked = reinterpret_cast<const Bytef*>(png.data() + at + 4);
      if (crc32(0, checked, static_cast<uInt>(length + 4)) != big_endian(png, at + 8 + length)) {
        throw std::invalid_argument("a checksum is wrong");
      }
      kept += png.substr(at, length + kFrame);
    }
    if (type == "IEND") return kept;
    at += length + kFrame;
  }
  throw std::invalid_argument("the end is missing");
}

std::optional<std::string> find_cut(ImageFormat format, std::string_view bytes) {
  switch (format) {
    case ImageFormat::kPng:
      return find_png_cut(bytes);
    case ImageFormat::kWebp:
      return find_size_cut(std::uint64_t{little_endian(bytes, 4)} + 8, bytes.size());
    case ImageFormat::kPnm:
      return find_size_cut(stated_pnm_size(bytes), bytes.size());
    case ImageFormat::kBmp:
      return find_size_cut(std::max<std::uint64_t>(little_endian(bytes, 2), stated_bmp_size(bytes)),
                           bytes.size());
    default:
      return std::nullopt;
  }
}

}  // namespace kith

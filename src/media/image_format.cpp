#include "media/image_format.h"

#include <kith/error.h>
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
  if (brand == "crx ") return ImageFormat::kRaw;  // Canon's CR3
  if (brand == "avif" || brand == "avis") return ImageFormat::kAvif;
  for (const std::string_view known : {"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv, "mif1"sv,
                                       "mif2"sv, "msf1"sv, "miaf"sv, "1pic"sv}) {
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

struct PnmHeader {
  std::uint64_t width = 0, height = 0, white = 0;
  std::size_t end = 0;  // where the pixels begin
};

// The numbers after "P6": width, height and, save for bitmaps, the value of white (netpbm's ppm(5)). Comments
// run from '#' to the line's end; one blank ends the header.
PnmHeader pnm_header(std::string_view bytes) {
  const bool bitmap = bytes[1] == '1' || bytes[1] == '4';
  PnmHeader header;
  std::size_t at = 2;
  for (std::uint64_t* number : {&header.width, &header.height, &header.white}) {
    if (bitmap && number == &header.white) break;
    while (at < bytes.size() && std::isdigit(static_cast<unsigned char>(bytes[at])) == 0)
      at = bytes[at] == '#' ? std::min(bytes.find('\n', at), bytes.size()) : at + 1;
    for (; at < bytes.size() && std::isdigit(static_cast<unsigned char>(bytes[at])) != 0; ++at)
      *number =
          std::min<std::uint64_t>(*number * 10 + static_cast<std::uint64_t>(bytes[at] - '0'), 1U << 30U);
  }
  header.end = at + 1;
  return header;
}

std::uint64_t stated_pnm_size(std::string_view bytes) {
  const char kind = bytes[1];
  if (kind < '4') return 0;  // plain text: the decoder counts the numbers
  const PnmHeader header = pnm_header(bytes);
  const std::uint64_t row = kind == '4' ? (header.width + 7) / 8
                                        : header.width * (kind == '6' ? 3 : 1) * (header.white > 255 ? 2 : 1);
  return header.end + row * header.height;
}

std::optional<std::string> find_size_cut(std::uint64_t stated, std::size_t there) {
  if (stated <= there) return std::nullopt;
  return std::to_string(stated - there) + " of " + std::to_string(stated) + " bytes are missing";
}

// A negative height: the first row comes first.
std::uint64_t bmp_side(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint64_t>(
      std::abs(static_cast<std::int64_t>(static_cast<std::int32_t>(little_endian(bytes, at)))));
}

// Of the first chunk (WebP container specification; RFC 6386, 9.1; WebP lossless bitstream specification, 3).
std::uint64_t stated_webp_pixels(std::string_view bytes) {
  constexpr std::size_t kData = 20;
  if (bytes.size() < kData + 10) return 0;
  const std::string_view type = bytes.substr(12, 4);
  if (type == "VP8X") {
    return (std::uint64_t{little_endian(bytes, kData + 4) & 0xFFFFFFU} + 1) *
           (std::uint64_t{little_endian(bytes, kData + 6) >> 8U} + 1);
  }
  const std::uint32_t sides = little_endian(bytes, kData + (type == "VP8L" ? 1 : 6));
  if (type == "VP8L") return std::uint64_t{(sides & 0x3FFFU) + 1} * ((sides >> 14U & 0x3FFFU) + 1);
  return std::uint64_t{sides & 0x3FFFU} * (sides >> 16U & 0x3FFFU);
}

// Where the pixels begin, and their rows of whole 4 bytes (BITMAPINFOHEADER: Microsoft's bitmap storage). Of compressed
// ones, and of those with an older header, the size of the whole file, which many programs state a byte or two too large.
std::uint64_t stated_bmp_size(std::string_view bytes) {
  constexpr std::uint64_t kSlack = 2;
  const std::uint64_t stated = little_endian(bytes, 2), whole = stated - std::min(stated, kSlack);
  constexpr std::size_t kInfoHeader = 40;
  constexpr std::size_t kInfoEnd = 54;
  if (bytes.size() < kInfoEnd || little_endian(bytes, 14) < kInfoHeader) return whole;
  const std::uint32_t compression = little_endian(bytes, 30);
  if (compression != 0 && compression != 3) return whole;  // 3: plain, with masks
  const std::uint64_t bits = little_endian(bytes, 28) & 0xFFFFU;
  const auto side = [&](std::size_t at) { return bmp_side(bytes, at); };
  return little_endian(bytes, 10) + (side(18) * bits + 31) / 32 * 4 * side(22);
}

// The RIFF header's size is often a byte or two too large, so each chunk speaks for itself.
std::optional<std::string> find_webp_cut(std::string_view bytes) {
  bool picture = false;
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const std::uint64_t length = little_endian(bytes, at + 4);
    const std::string_view type = bytes.substr(at, 4);
    const bool shown = type.starts_with("VP8") || type == "ALPH" || type == "ANIM" || type == "ANMF";
    if (shown && length > bytes.size() - at - 8) return find_size_cut(at + 8 + length, bytes.size());
    picture = picture || type == "VP8 " || type == "VP8L" || type == "ANMF";
    at += 8 + length + length % 2;
  }
  return picture ? std::nullopt : std::optional<std::string>("the picture is missing");
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
  if (starts("II+\0\x08\0\0\0"sv) || starts("MM\0+\0\x08\0\0"sv)) return ImageFormat::kTiff;  // BigTIFF
  for (const std::string_view raw :
       {"IIU\0"sv, "IIRO"sv, "IIRS"sv, "MMOR"sv, "FUJIFILMCCD-RAW"sv, "FOVb"sv}) {
    if (starts(raw)) return ImageFormat::kRaw;
  }
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
    case ImageFormat::kRaw:
      return "camera raw";
    case ImageFormat::kText:
      return "text";
    case ImageFormat::kUnknown:
      break;
  }
  return "unknown";
}

bool is_readable(ImageFormat format) { return format >= ImageFormat::kJpeg && format <= ImageFormat::kAvif; }

std::uint64_t stated_pixels(ImageFormat format, std::string_view bytes) {
  switch (format) {
    case ImageFormat::kPng:  // IHDR comes first (PNG specification, 11.2.2)
      return bytes.size() < 24 ? 0 : std::uint64_t{big_endian(bytes, 16)} * big_endian(bytes, 20);
    case ImageFormat::kBmp: {
      if (bytes.size() < 26) return 0;
      if (little_endian(bytes, 14) < 40)  // the older header has 16 bits a side
        return std::uint64_t{little_endian(bytes, 18) & 0xFFFFU} * (little_endian(bytes, 18) >> 16U);
      const auto side = [&](std::size_t at) { return bmp_side(bytes, at); };
      return side(18) * side(22);
    }
    case ImageFormat::kPnm: {
      const PnmHeader header = pnm_header(bytes);
      return header.width * header.height;
    }
    case ImageFormat::kWebp:
      return stated_webp_pixels(bytes);
    default:
      return 0;
  }
}

void refuse_size(std::uint64_t max_pixels) {
  throw Error(ErrorCode::kUnsupported, "larger than " + std::to_string(max_pixels) + " pixels");
}

int white_of_pnm(std::string_view bytes) {
  const auto white = static_cast<int>(pnm_header(bytes).white);
  return bytes[1] < '4' && white < 256 ? 0 : white;
}

void mend_webp_size(std::string& bytes) {
  for (std::size_t i = 0, size = bytes.size() - 8; i < 4; ++i)
    bytes[4 + i] = static_cast<char>(size >> 8 * i & 0xFFU);
}

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
      return find_webp_cut(bytes);
    case ImageFormat::kPnm:
      return find_size_cut(stated_pnm_size(bytes), bytes.size());
    case ImageFormat::kBmp:
      return find_size_cut(stated_bmp_size(bytes), bytes.size());
    default:
      return std::nullopt;
  }
}

}  // namespace kith

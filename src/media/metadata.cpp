#include "media/metadata.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <functional>
#include <map>

#include "media/exif.h"
#include "media/modules.h"
#include "media/tiff_copy.h"

namespace kith {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kExifMark = "Exif\0\0"sv;
constexpr std::string_view kXmpMark = "http://ns.adobe.com/xap/1.0/\0"sv;  // XMP, part 3, 1.1.3
constexpr std::string_view kIccMark = "ICC_PROFILE\0"sv;                   // ISO 15076-1, B.4
constexpr std::string_view kPngXmpMark = "XML:com.adobe.xmp\0\0\0\0\0"sv;  // XMP, part 3, 1.1.5

std::size_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}
std::size_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::size_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}
std::string big_endian(std::size_t value, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i-- > 0; value >>= 8U) bytes[i] = static_cast<char>(value & 0xFFU);
  return bytes;
}
std::string little_endian(std::size_t value, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i, value >>= 8U) bytes[i] = static_cast<char>(value & 0xFFU);
  return bytes;
}

std::string png_chunk(const std::string& type, std::string_view content) {
  const std::string checked = type + std::string(content);
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return big_endian(content.size(), 4) + checked + big_endian(sum, 4);
}

// @param visit  gets each part's type and content; returns false to end.
using Visit = std::function<bool(std::string_view type, std::string_view content)>;

// The segments before the picture data: marker, length, content (ITU-T T.81, B.1.1.4).
void visit_jpeg(std::string_view bytes, const Visit& visit) {
  constexpr unsigned char kStartOfScan = 0xDA;
  for (std::size_t at = 2; at + 4 <= bytes.size() && bytes[at] == '\xFF';) {
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (marker == 0xFF) {
      ++at;  // fill byte
      continue;
    }
    const std::size_t length = big_endian(bytes, at + 2, 2);
    if (marker == kStartOfScan || length < 2) return;
    if (!visit(bytes.substr(at + 1, 1), bytes.substr(at + 4, length - 2))) return;
    at += 2 + length;
  }
}

void visit_png(std::string_view bytes, const Visit& visit) {
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const std::size_t length = big_endian(bytes, at, 4);
    if (!visit(bytes.substr(at + 4, 4), bytes.substr(at + 8, length))) return;
    at += length + 12;
  }
}

void visit_webp(std::string_view bytes, const Visit& visit) {
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const std::size_t length = little_endian(bytes, at + 4, 4);
    if (!visit(bytes.substr(at, 4), bytes.substr(at + 8, length))) return;
    at += 8 + length + length % 2;
  }
}

// A profile's name, the method 0 and a zlib stream (PNG specification, 11.3.3.3). No profile in use is larger.
std::string inflated_profile(std::string_view content) {
  constexpr std::size_t kMost = 16'000'000;
  const std::size_t name_end = content.find('\0');
  if (name_end == content.npos || name_end + 2 > content.size()) return {};
  const std::string_view packed = content.substr(name_end + 2);
  std::string profile(std::min(kMost, packed.size() * 1032 + 64), '\0');  // deflate's best ratio
  uLongf size = profile.size();
  if (uncompress(reinterpret_cast<Bytef*>(profile.data()), &size,
                 reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size())) != Z_OK)
    return {};
  profile.resize(size);
  return profile;
}

void visit_parts(ImageFormat format, std::string_view bytes, const Visit& visit) {
  if (format == ImageFormat::kJpeg) visit_jpeg(bytes, visit);
  if (format == ImageFormat::kPng) visit_png(bytes, visit);
  if (format == ImageFormat::kWebp) visit_webp(bytes, visit);
}

bool is_for_png_only(std::string_view type, std::string_view content) {
  constexpr std::array<std::string_view, 9> kTypes = {"tEXt", "zTXt", "iTXt", "tIME", "pHYs",
                                                      "gAMA", "cHRM", "sRGB", "cICP"};
  return std::ranges::find(kTypes, type) != kTypes.end() && !content.starts_with(kPngXmpMark);
}

bool is_exif(std::string_view type, std::string_view content) {
  return type == "\xE1" ? content.starts_with(kExifMark) : type == "eXIf" || type == "EXIF";
}
// Some WebP files have JPEG's mark too.
std::string_view exif_of(std::string_view content) {
  return content.starts_with(kExifMark) ? content.substr(kExifMark.size()) : content;
}

PictureMetadata read_parts(ImageFormat format, std::string_view bytes) {
  PictureMetadata found;
  std::map<unsigned char, std::string_view> profile;  // a JPEG's, by number: its parts may come in any order
  visit_parts(format, bytes, [&](std::string_view type, std::string_view content) {
    if (is_exif(type, content) && found.exif.empty()) found.exif = exif_of(content);
    if (type == "\xE1" && content.starts_with(kXmpMark)) found.xmp = content.substr(kXmpMark.size());
    if (type == "iTXt" && content.starts_with(kPngXmpMark)) found.xmp = content.substr(kPngXmpMark.size());
    if (type == "XMP ") found.xmp = content;
    if (is_for_png_only(type, content)) found.png += png_chunk(std::string(type), content);
    if (type == "iCCP") found.icc = inflated_profile(content);
    if (type == "ICCP") found.icc = content;
    if (type == "\xE2" && content.starts_with(kIccMark) && content.size() > kIccMark.size() + 2)
      profile.emplace(static_cast<unsigned char>(content[kIccMark.size()]),
                      content.substr(kIccMark.size() + 2));
    return true;
  });
  for (const auto& [number, part] : profile) found.icc += part;
  return found;
}

// tiff:Orientation as an attribute or an element: programs that read XMP follow it.
void set_upright_xmp(std::string& xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  for (std::size_t at = xmp.find(kName); at != xmp.npos; at = xmp.find(kName, at)) {
    at += kName.size();
    const std::size_t value = xmp.find_first_not_of("=\"'> \t\r\n", at);
    if (value != xmp.npos && std::isdigit(static_cast<unsigned char>(xmp[value])) != 0) xmp[value] = '1';
  }
}

// The copy has no inks, and no grey alone (ISO 15076-1, 7.2.6).
bool is_of_colours(const std::string& icc) { return icc.size() >= 128 && icc.compare(16, 4, "RGB ") == 0; }

std::string segment(char marker, const std::string& content) {
  return std::string("\xFF") + marker + big_endian(content.size() + 2, 2) + content;
}

// Behind the JFIF segment, which must come first.
std::string into_jpeg(const std::string& jpeg, const PictureMetadata& metadata) {
  constexpr std::size_t kMost = 65533;
  std::string segments;
  const auto add = [&](char marker, std::string_view mark, const std::string& content) {
    if (content.empty() || mark.size() + content.size() > kMost) return;
    segments += segment(marker, std::string(mark) + content);
  };
  add('\xE1', kExifMark, metadata.exif);
  add('\xE1', kXmpMark, metadata.xmp);
  constexpr std::size_t kPart = kMost - kIccMark.size() - 2;
  const std::size_t parts = (metadata.icc.size() + kPart - 1) / kPart;
  for (std::size_t i = 0; i < parts && parts < 256; ++i) {
    segments += segment('\xE2', std::string(kIccMark) + static_cast<char>(i + 1) + static_cast<char>(parts) +
                                    metadata.icc.substr(i * kPart, kPart));
  }
  std::size_t at = 2;
  if (jpeg.substr(2, 2) == "\xFF\xE0") at += 2 + big_endian(jpeg, 4, 2);
  return jpeg.substr(0, at) + segments + jpeg.substr(at);
}

std::string into_png(const std::string& png, const PictureMetadata& metadata) {
  constexpr std::size_t kHeaderEnd = 8 + 12 + 13;
  std::string chunks = metadata.png;
  if (!metadata.icc.empty()) {
    std::string packed(compressBound(metadata.icc.size()), '\0');
    uLongf size = packed.size();
    compress(reinterpret_cast<Bytef*>(packed.data()), &size,
             reinterpret_cast<const Bytef*>(metadata.icc.data()), metadata.icc.size());
    packed.resize(size);
    chunks += png_chunk("iCCP", std::string("icc\0\0", 5) + packed);
  }
  if (!metadata.exif.empty()) chunks += png_chunk("eXIf", metadata.exif);
  if (!metadata.xmp.empty()) chunks += png_chunk("iTXt", std::string(kPngXmpMark) + metadata.xmp);
  return png.substr(0, kHeaderEnd) + chunks + png.substr(kHeaderEnd);
}

std::string webp_chunk(const std::string& type, std::string_view content) {
  return type + little_endian(content.size(), 4) + std::string(content) +
         std::string(content.size() % 2, '\0');
}

// The extended form: what is in the file, its canvas, then the chunks in this order (RFC 9649, 2.7).
std::string into_webp(const std::string& webp, cv::Size size, const PictureMetadata& metadata) {
  std::string pictures;
  visit_webp(webp, [&](std::string_view type, std::string_view content) {
    if (type != "VP8X") pictures += webp_chunk(std::string(type), content);
    return true;
  });
  const unsigned flags = (metadata.icc.empty() ? 0U : 0x20U) | (metadata.exif.empty() ? 0U : 0x08U) |
                         (metadata.xmp.empty() ? 0U : 0x04U);
  std::string chunks = webp_chunk("VP8X", little_endian(flags, 4) +
                                              little_endian(static_cast<std::size_t>(size.width - 1), 3) +
                                              little_endian(static_cast<std::size_t>(size.height - 1), 3));
  if (!metadata.icc.empty()) chunks += webp_chunk("ICCP", metadata.icc);
  chunks += pictures;
  if (!metadata.exif.empty()) chunks += webp_chunk("EXIF", metadata.exif);
  if (!metadata.xmp.empty()) chunks += webp_chunk("XMP ", metadata.xmp);
  return "RIFF" + little_endian(chunks.size() + 4, 4) + "WEBP" + chunks;
}

}  // namespace

std::string_view find_exif(ImageFormat format, std::string_view bytes) {
  if (format == ImageFormat::kTiff) return bytes;
  std::string_view found;
  visit_parts(format, bytes, [&](std::string_view type, std::string_view content) {
    if (is_exif(type, content)) found = exif_of(content);
    return found.empty();
  });
  return found;
}

PictureMetadata read_metadata(ImageFormat format, std::string_view bytes) {
  if (format == ImageFormat::kHeic || format == ImageFormat::kAvif)
    return picture_module().heif_metadata(bytes);
  if (format == ImageFormat::kTiff)
    return {with_tiff_fields({}, bytes, {}, {}), tiff_bytes(bytes, 700), tiff_bytes(bytes, 34675), {}};
  return read_parts(format, bytes);
}

std::string with_metadata(const std::string& encoded, cv::Size size, PictureMetadata metadata) {
  if (!metadata.exif.empty()) adapt_exif(metadata.exif, size);
  if (!is_of_colours(metadata.icc)) metadata.icc.clear();
  set_upright_xmp(metadata.xmp);
  switch (sniff_format(encoded)) {
    case ImageFormat::kJpeg:
      return into_jpeg(encoded, metadata);
    case ImageFormat::kPng:
      return into_png(encoded, metadata);
    case ImageFormat::kWebp:
      return into_webp(encoded, size, metadata);
    case ImageFormat::kTiff:
      return with_tiff_fields(encoded, metadata.exif, metadata.xmp, metadata.icc);
    default:
      return encoded;
  }
}

}  // namespace kith

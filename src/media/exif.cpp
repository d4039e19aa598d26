#include "media/exif.h"

#include <cstdint>
#include <optional>

namespace kith {
namespace {

using namespace std::string_view_literals;

// A TIFF structure as EXIF uses it (CIPA DC-008, 4.5). Reads beyond the end give nothing.
class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), big_(bytes.starts_with("MM")) {}

  std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t from = big_ ? at + i : at + size - 1 - i;
      value = value << 8U | static_cast<unsigned char>(bytes_[from]);
    }
    return value;
  }

  // 1..8, 1 when there is none.
  int orientation() const {
    constexpr std::uint32_t kTag = 0x0112;
    const auto folder = number(4, 4);
    const auto entries = folder ? number(*folder, 2) : std::nullopt;
    for (std::uint32_t i = 0; entries && i < *entries; ++i) {
      const std::size_t entry = std::size_t{*folder} + 2 + std::size_t{12} * i;
      const auto tag = number(entry, 2);
      if (!tag) break;
      if (*tag == kTag) return static_cast<int>(number(entry + 8, 2).value_or(1));
    }
    return 1;
  }

 private:
  std::string_view bytes_;
  bool big_;
};

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// The segments before the picture data: marker, length, content (ITU-T T.81, B.1.1.4).
std::string_view find_in_jpeg(std::string_view bytes) {
  constexpr unsigned char kStartOfScan = 0xDA, kApp1 = 0xE1;
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && static_cast<unsigned char>(bytes[at]) == 0xFF) {
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (marker == 0xFF) {
      ++at;  // fill byte
      continue;
    }
    if (marker == kStartOfScan) break;
    const std::size_t length = big_endian(bytes, at + 2, 2);
    const std::string_view content = bytes.substr(at + 4, length < 2 ? 0 : length - 2);
    if (marker == kApp1 && content.starts_with("Exif\0\0"sv)) return content.substr(6);
    at += 2 + length;
  }
  return {};
}

std::string_view find_in_png(std::string_view bytes) {
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const std::size_t length = big_endian(bytes, at, 4);
    if (bytes.substr(at + 4, 4) == "eXIf") return bytes.substr(at + 8, length);
    at += length + 12;
  }
  return {};
}

std::string_view find_in_webp(std::string_view bytes) {
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    std::size_t length = 0;
    for (std::size_t i = 4; i-- > 0;) length = length << 8U | static_cast<unsigned char>(bytes[at + 4 + i]);
    if (bytes.substr(at, 4) == "EXIF") {
      const std::string_view content = bytes.substr(at + 8, length);
      return content.starts_with("Exif\0\0"sv) ? content.substr(6) : content;
    }
    at += 8 + length + length % 2;
  }
  return {};
}

std::string_view find_exif(ImageFormat format, std::string_view bytes) {
  switch (format) {
    case ImageFormat::kJpeg:
      return find_in_jpeg(bytes);
    case ImageFormat::kPng:
      return find_in_png(bytes);
    case ImageFormat::kWebp:
      return find_in_webp(bytes);
    case ImageFormat::kTiff:
      return bytes;
    default:
      return {};
  }
}

}  // namespace

Turn exif_turn(ImageFormat format, std::string_view bytes) {
  switch (Tiff(find_exif(format, bytes)).orientation()) {
    case 2:
      return {true, 0};
    case 3:
      return {false, 2};
    case 4:
      return {true, 2};
    case 5:
      return {true, 3};
    case 6:
      return {false, 1};
    case 7:
      return {true, 1};
    case 8:
      return {false, 3};
    default:
      return {};
  }
}

}  // namespace kith

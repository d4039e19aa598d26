#include "media/exif.h"

#include <cstdint>
#include <optional>

#include "media/tiff_folder.h"

namespace kith {
namespace {

// TIFF 6.0, EXIF (CIPA DC-008), DNG 1.6.
enum Tag : std::uint32_t {
  kNewSubfileType = 0x00FE,
  kWidth = 0x0100,
  kHeight = 0x0101,
  kOrientation = 0x0112,
  kSubfiles = 0x014A,
  kThumbnailAt = 0x0201,
  kThumbnailLength = 0x0202,
  kExifFolder = 0x8769,
  kPixelWidth = 0xA002,
  kPixelHeight = 0xA003,
  kDngVersion = 0xC612,
};

void put(std::string& block, bool big_endian, const TiffField& field, std::uint64_t value) {
  const std::size_t size = TiffReader::size_of(field);
  if (field.value_at > block.size() || size > block.size() - field.value_at) return;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t to = big_endian ? field.value_at + size - 1 - i : field.value_at + i;
    block[to] = static_cast<char>(value >> 8 * i & 0xFFU);
  }
}

void drop_thumbnail(std::string& block, const TiffFolder& first) {
  const TiffReader tiff(block);
  const auto next = tiff.number(first.next_at, tiff.offset_size());
  if (first.next_at == 0 || !next || *next == 0) return;
  const TiffFolder folder = tiff.folder(next);
  const auto at = tiff.value(folder.find(kThumbnailAt)), length = tiff.value(folder.find(kThumbnailLength));
  block.replace(first.next_at, tiff.offset_size(), tiff.offset_size(), '\0');
  if (!at || !length || *at >= block.size()) return;
  if (*at + *length >= block.size()) {
    block.resize(*at);
  } else {
    block.replace(*at, *length, *length, '\0');
  }
}

}  // namespace

Turn exif_turn(std::string_view block) {
  const TiffReader tiff(block);
  switch (tiff.value(tiff.first().find(kOrientation)).value_or(1)) {
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

void set_upright(std::string& block) {
  const TiffReader tiff(block);
  if (const auto field = tiff.first().find(kOrientation)) put(block, tiff.is_big_endian(), *field, 1);
}

void adapt_exif(std::string& block, cv::Size size) {
  set_upright(block);
  const bool big_endian = TiffReader(block).is_big_endian();
  const TiffFolder first = TiffReader(block).first();
  const TiffFolder exif = TiffReader(block).folder(TiffReader(block).value(first.find(kExifFolder)));
  const auto state = [&](const TiffFolder& folder, Tag tag, int value) {
    if (const auto field = folder.find(tag))
      put(block, big_endian, *field, static_cast<std::uint64_t>(value));
  };
  state(first, kWidth, size.width);
  state(first, kHeight, size.height);
  state(exif, kPixelWidth, size.width);
  state(exif, kPixelHeight, size.height);
  drop_thumbnail(block, first);
}

bool is_camera_raw(std::string_view bytes) {
  const TiffReader tiff(bytes);
  if (bytes.substr(0, 10).ends_with("CR")) return true;  // Canon's CR2
  const TiffFolder first = tiff.first();
  const bool small = (tiff.value(first.find(kNewSubfileType)).value_or(0) & 1U) != 0;
  return first.find(kDngVersion) || (small && first.find(kSubfiles));
}

}  // namespace kith

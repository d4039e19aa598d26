#include "media/tiff_folder.h"

#include <algorithm>

namespace kith {

std::optional<TiffField> TiffFolder::find(std::uint64_t tag) const {
  const auto field = std::ranges::find(fields, tag, &TiffField::tag);
  return field == fields.end() ? std::nullopt : std::optional(*field);
}

TiffReader::TiffReader(std::string_view bytes)
    : bytes_(bytes), big_endian_(bytes.starts_with("MM")), big_tiff_(number(2, 2) == 43U) {}

std::optional<std::uint64_t> TiffReader::number(std::size_t at, std::size_t size) const {
  if (at > bytes_.size() || size > bytes_.size() - at) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t from = big_endian_ ? at + i : at + size - 1 - i;
    value = value << 8U | static_cast<unsigned char>(bytes_[from]);
  }
  return value;
}

std::optional<std::uint64_t> TiffReader::value(const std::optional<TiffField>& field) const {
  return field ? number(field->value_at, size_of(*field)) : std::nullopt;
}

TiffFolder TiffReader::folder(std::optional<std::uint64_t> at) const {
  constexpr std::uint64_t kMostFields = 65'535;  // what TIFF can count; BigTIFF could more
  const std::size_t count_size = big_tiff_ ? 8 : 2, field_size = big_tiff_ ? 20 : 12;
  TiffFolder folder;
  const auto stated = at ? number(*at, count_size) : std::nullopt;
  if (!stated) return folder;
  std::size_t entry = *at + count_size;
  for (std::uint64_t i = 0; i < std::min(*stated, kMostFields); ++i, entry += field_size) {
    const auto tag = number(entry, 2), type = number(entry + 2, 2), count = number(entry + 4, offset_size());
    if (!tag || !type || !count) return folder;
    folder.fields.push_back({*tag, *type, *count, entry + 4 + offset_size()});
  }
  folder.next_at = entry;
  return folder;
}

TiffFolder TiffReader::first() const { return folder(big_tiff_ ? number(8, 8) : number(4, 4)); }

}  // namespace kith

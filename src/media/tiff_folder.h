// The structure of TIFF files, BigTIFF files and EXIF blocks: folders of fields. TIFF 6.0, EXIF (CIPA DC-008).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace kith {

struct TiffField {
  std::uint64_t tag = 0, type = 0, count = 0;
  std::size_t value_at = 0;  // where its value lies, or the offset of one of more bytes than an offset has
};

struct TiffFolder {
  std::vector<TiffField> fields;
  std::size_t next_at = 0;  // where the offset of the next folder lies

  std::optional<TiffField> find(std::uint64_t tag) const;
};

/// Reads beyond the end give nothing.
class TiffReader {
 public:
  /// @param bytes  must outlive the reader.
  explicit TiffReader(std::string_view bytes);

  std::optional<std::uint64_t> number(std::size_t at, std::size_t size) const;
  TiffFolder first() const;
  /// @param at  where it begins; nullopt: an empty folder.
  TiffFolder folder(std::optional<std::uint64_t> at) const;

  /// A number of 16 or 32 bits that stands in its field.
  std::optional<std::uint64_t> value(const std::optional<TiffField>& field) const;
  static std::size_t size_of(const TiffField& field) { return field.type == 3 ? 2 : 4; }  // 3: SHORT, 4: LONG

  std::size_t offset_size() const { return big_tiff_ ? 8 : 4; }
  bool is_big_endian() const { return big_endian_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool big_endian_, big_tiff_;
};

}  // namespace kith

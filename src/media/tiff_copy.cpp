#include "media/tiff_copy.h"

#include <algorithm>
#include <array>
#include <map>

#include "media/tiff_folder.h"

namespace kith {
namespace {

constexpr std::uint64_t kExifFolder = 0x8769, kGpsFolder = 0x8825, kInteroperability = 0xA005;
constexpr std::uint64_t kXmp = 700, kIcc = 34675;
constexpr std::size_t kByte = 1, kLong = 4, kUndefined = 7;

// Description, make, model, resolution, software, date, artist, computer, copyright, rating, IPTC, Windows' title to subject.
constexpr std::array<std::uint64_t, 18> kKept = {270,    271,    272,    282,    283,    296,
                                                 305,    306,    315,    316,    33432,  0x4746,
                                                 0x83BB, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F};

struct Value {
  std::uint64_t type = 0, count = 0;
  std::string bytes;  // little-endian
};
using Values = std::map<std::uint64_t, Value>;  // by tag, as a folder must be sorted

std::string little_endian(std::uint64_t number, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(number >> 8 * i & 0xFFU);
  return bytes;
}

// Rationals are two numbers of 4 bytes each.
std::size_t unit_of(std::uint64_t type) {
  constexpr std::array<std::size_t, 14> kUnits = {0, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8, 4};
  return type < kUnits.size() ? kUnits[type] : 0;
}

std::optional<Value> value_of(const TiffReader& tiff, const TiffField& field) {
  const std::size_t unit = unit_of(field.type);
  const bool rational = field.type == 5 || field.type == 10;
  if (unit == 0 || field.count > tiff.size()) return std::nullopt;
  const std::size_t numbers = field.count * (rational ? 2 : 1);
  const auto at = numbers * unit > tiff.offset_size() ? tiff.number(field.value_at, tiff.offset_size())
                                                      : std::optional<std::uint64_t>(field.value_at);
  Value value{field.type, field.count, {}};
  for (std::size_t i = 0; at && i < numbers; ++i) {
    const auto number = tiff.number(*at + i * unit, unit);
    if (!number) return std::nullopt;
    value.bytes += little_endian(*number, unit);
  }
  return at ? std::optional(std::move(value)) : std::nullopt;
}

void take(Values& values, const TiffReader& tiff, const TiffField& field) {
  if (std::optional<Value> value = value_of(tiff, field)) values[field.tag] = std::move(*value);
}

// @return where the folder begins.
std::size_t append(std::string& tiff, const Values& values) {
  std::string folder = little_endian(values.size(), 2);
  for (const auto& [tag, value] : values) {
    folder += little_endian(tag, 2) + little_endian(value.type, 2) + little_endian(value.count, 4);
    if (value.bytes.size() <= 4) {
      folder += value.bytes + std::string(4 - value.bytes.size(), '\0');
    } else {
      tiff += std::string(tiff.size() % 2, '\0');  // values and folders begin at even places
      folder += little_endian(tiff.size(), 4);
      tiff += value.bytes;
    }
  }
  tiff += std::string(tiff.size() % 2, '\0');
  const std::size_t at = tiff.size();
  tiff += folder + little_endian(0, 4);
  return at;
}

}  // namespace

std::string with_tiff_fields(std::string tiff, std::string_view source, const std::string& xmp,
                             const std::string& icc) {
  const TiffReader from(source);
  const TiffFolder first = from.first();
  if (tiff.empty()) tiff = std::string("II*\0\0\0\0\0", 8);
  Values values;
  for (const TiffField& field : TiffReader(tiff).first().fields) take(values, TiffReader(tiff), field);
  for (const TiffField& field : first.fields) {
    if (std::ranges::find(kKept, field.tag) != kKept.end()) take(values, from, field);
  }
  for (const std::uint64_t tag : {kExifFolder, kGpsFolder}) {
    Values inner;
    for (const TiffField& field : from.folder(from.value(first.find(tag))).fields) take(inner, from, field);
    inner.erase(kInteroperability);
    if (!inner.empty()) values[tag] = {kLong, 1, little_endian(append(tiff, inner), 4)};
  }
  if (!xmp.empty()) values[kXmp] = {kByte, xmp.size(), xmp};
  if (!icc.empty()) values[kIcc] = {kUndefined, icc.size(), icc};
  tiff.replace(4, 4, little_endian(append(tiff, values), 4));
  return tiff;
}

std::string tiff_bytes(std::string_view bytes, std::uint64_t tag) {
  const TiffReader tiff(bytes);
  const auto field = tiff.first().find(tag);
  const auto value = field ? value_of(tiff, *field) : std::nullopt;
  return value ? value->bytes : std::string();
}

}  // namespace kith

#include "desk/photo_id.h"

#include <array>
#include <cctype>
#include <charconv>

#include "core/checksum.h"

namespace kith {
namespace {

constexpr std::size_t kNumberDigits = 15;  // hexadecimal: 2^60 photos

}  // namespace

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

std::string uuid_text(std::string_view bytes) {
  std::string text = hex(bytes);
  for (const std::size_t dash : {8, 13, 18, 23}) {
    if (dash < text.size()) text.insert(dash, 1, '-');
  }
  return text;
}

// xxxxxxxx-xxxx-8xxx-byyy-yyyyyyyyyyyy: x the number, y of the checksum.
std::string photo_id(const Sample& sample) {
  std::array<char, kNumberDigits> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), sample.id, 16).ptr;
  std::string number(digits.data(), end);
  number.insert(0, kNumberDigits - number.size(), '0');
  const std::string sum = sha256_hex(sample.checksum);
  return number.substr(0, 8) + "-" + number.substr(8, 4) + "-8" + number.substr(12, 3) + "-b" +
         sum.substr(0, 3) + "-" + sum.substr(3, 12);
}

std::optional<std::int64_t> sample_of_photo_id(std::string_view id) {
  if (!is_uuid(id) || id[14] != '8') return std::nullopt;
  const std::string number =
      std::string(id.substr(0, 8)) + std::string(id.substr(9, 4)) + std::string(id.substr(15, 3));
  std::int64_t value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value, 16);
  return value;
}

}  // namespace kith

#include "core/person_name.h"

#include <kith/error.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace kith {
namespace {

constexpr std::size_t kLongest = 255;  // bytes: a folder can be called so

const utf8proc_uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

// The code point at the front; -1 and one byte where that is no UTF-8.
std::pair<utf8proc_int32_t, std::size_t> front(std::string_view text) {
  utf8proc_int32_t code = -1;
  const utf8proc_ssize_t size =
      utf8proc_iterate(bytes(text), static_cast<utf8proc_ssize_t>(text.size()), &code);
  return size > 0 ? std::pair(code, static_cast<std::size_t>(size)) : std::pair(-1, std::size_t{1});
}

bool is_blank(utf8proc_int32_t code) {
  return code >= 0 && (utf8proc_category(code) == UTF8PROC_CATEGORY_ZS || (code >= '\t' && code <= '\r'));
}

std::string_view trimmed(std::string_view text) {
  std::size_t begin = text.size(), end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, size] = front(text.substr(at));
    if (!is_blank(code)) {
      begin = std::min(begin, at);
      end = at + size;
    }
    at += size;
  }
  return end == 0 ? std::string_view() : text.substr(begin, end - begin);
}

// Whatever moves a terminal's cursor, ends a line, or turns the direction of what follows.
bool is_control(utf8proc_int32_t code) {
  if (code < 0) return false;
  const utf8proc_category_t kind = utf8proc_category(code);
  return kind == UTF8PROC_CATEGORY_CC || kind == UTF8PROC_CATEGORY_ZL || kind == UTF8PROC_CATEGORY_ZP ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

bool holds_control(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, size] = front(text.substr(at));
    if (is_control(code)) return true;
    at += size;
  }
  return false;
}

// What is no UTF-8 stays as it is.
std::string mapped(std::string_view text, int further) {
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(bytes(text), static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | further));
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(composed, std::free);
  if (size < 0) return std::string(text);
  return {reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size)};
}

bool stands_for_nobody(const std::string& name) {
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower == "unknown" || lower == "unclear";
}

}  // namespace

std::string normal_name(std::string_view name) { return mapped(trimmed(name), 0); }

std::string folded_name(std::string_view name) { return mapped(trimmed(name), UTF8PROC_CASEFOLD); }

std::string person_name(std::string_view name) {
  std::string result = normal_name(name);
  const auto refuse = [](const std::string& why) -> Error { return {ErrorCode::kInvalidArgument, why}; };
  if (result.empty()) throw refuse("a person's name must not be empty");
  if (holds_control(result)) throw refuse("a person's name must not hold control characters");
  if (result.size() > kLongest) throw refuse("a person's name must not be longer than 255 bytes");
  if (stands_for_nobody(result))
    throw refuse("nobody can be called '" + result + "': it is the word for faces without a name");
  return result;
}

}  // namespace kith

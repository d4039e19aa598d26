#include "server/query.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "core/lower_case.h"

namespace kith::server {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <typename Number>
std::optional<Number> parsed(std::string_view text) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const bool whole = i + 2 < text.size();
      const int high = whole ? digit_of(text[i + 1]) : -1;
      const int low = whole ? digit_of(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    decoded += c;
  }
  return decoded;
}

Query::Query(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("&?"), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto decode = [](std::string_view part) {
      return percent_decoded(part, true).value_or(std::string(part));
    };
    pairs_.emplace_back(decode(pair.substr(0, equals)),
                        decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
}

std::optional<std::string> Query::find(std::string_view name) const {
  const auto found = std::ranges::find(pairs_, name, [](const auto& pair) { return pair.first; });
  return found == pairs_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<bool> to_bool(std::string_view given) {
  const std::string word = lower_case(std::string(given));
  if (word == "true" || word == "1" || word == "on" || word == "yes") return true;
  if (word == "false" || word == "0" || word == "off" || word == "no") return false;
  return std::nullopt;
}

std::optional<double> to_number(std::string_view text) {
  const std::optional<double> value = parsed<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<long> to_integer(std::string_view text) { return parsed<long>(text); }

}  // namespace kith::server

#include "core/address.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "core/lower_case.h"

namespace kith {
namespace {

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Parts of names: "passwd", "loginpas", "access_token", "X-Amz-Signature", "apikey", "usr" are all meant.
constexpr std::array<std::string_view, 15> kSecrets = {"pas",  "psw",    "jwt",   "pwd",  "token",
                                                       "key",  "secret", "auth",  "sig",  "sess",
                                                       "user", "usr",    "login", "cred", "pin"};

bool sounds_secret(std::string_view name) {
  const std::string lower = lower_case(std::string(name));
  if (lower == "p" || lower == "code") return true;
  return std::any_of(kSecrets.begin(), kSecrets.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

// Whether the '_' at `at` begins a parameter: some cameras take "user=admin_password=x_channel=1" in the path.
bool begins_parameter(std::string_view text, std::size_t at) {
  std::size_t i = at + 1;
  while (i < text.size() && is_letter_or_digit(text[i])) ++i;
  return i > at + 1 && i < text.size() && text[i] == '=';
}

std::size_t end_of_parameter(std::string_view text, std::size_t from) {
  bool in_value = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (std::string_view("/?&;#,").find(text[i]) != std::string_view::npos) return i;
    if (text[i] == '_' && in_value && begins_parameter(text, i)) return i;
    if (text[i] == '=') in_value = true;
  }
  return text.size();
}

std::string without_secret_values(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.size(), end_of_parameter(text, at));
    const std::string_view parameter = text.substr(at, end - at);
    const std::size_t equals = parameter.find('=');
    if (equals != std::string_view::npos && sounds_secret(parameter.substr(0, equals))) {
      out.append(parameter.substr(0, equals)).append("=***");
    } else {
      out.append(parameter);
    }
    if (end < text.size()) out += text[end];
    at = end + 1;
  }
  return out;
}

// Where the host begins, after "user:password@". A password may hold a '/', '?' or '#' that should have been escaped: what
// stands before the first of these is then no host with a port, and the last '@' counts.
std::size_t after_user(std::string_view rest) {
  const std::size_t authority = std::min(rest.find_first_of("/?#"), rest.size());
  const std::size_t at = rest.substr(0, authority).rfind('@');
  if (at != std::string_view::npos) return at + 1;
  const std::size_t colon = rest.substr(0, authority).rfind(':');
  const bool bracketed = rest.starts_with('[');
  if (colon == std::string_view::npos || bracketed) return 0;
  const std::string_view port = rest.substr(colon + 1, authority - colon - 1);
  const bool is_port =
      std::all_of(port.begin(), port.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  const std::size_t last = rest.rfind('@');
  return is_port || last == std::string_view::npos ? 0 : last + 1;
}

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0;
    out += escape ? static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)) : text[i];
    if (escape) i += 2;
  }
  return out;
}

}  // namespace

bool is_address(const std::string& text) {
  const std::size_t end = text.find("://");
  return end != std::string::npos && end > 1 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                     [](char c) { return is_letter_or_digit(c) || c == '+'; });
}

std::string shown_address(const std::string& input) {
  if (!is_address(input)) return input;
  const std::size_t host = input.find("://") + 3;
  const std::string_view rest = std::string_view(input).substr(host);
  return input.substr(0, host) + without_secret_values(rest.substr(after_user(rest)));
}

std::string file_name_of(const std::string& input) {
  if (!is_address(input)) return std::filesystem::path(input).filename().string();
  const std::size_t host = input.find("://") + 3;
  const std::size_t end = std::min(input.find_first_of("?#", host), input.size());
  const std::size_t slash = input.substr(0, end).rfind('/');
  return slash < host ? "" : input.substr(slash + 1, end - slash - 1);
}

std::optional<std::filesystem::path> path_of_file_address(const std::string& text) {
  std::string_view rest = text;
  if (!rest.starts_with("file://")) return std::nullopt;
  rest.remove_prefix(std::string_view("file://").size());
  if (rest.starts_with("localhost/")) rest.remove_prefix(std::string_view("localhost").size());
  const std::string path(rest);
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? path : unescaped(path);
}

}  // namespace kith

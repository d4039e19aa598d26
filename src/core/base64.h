// Base64, by libcrypto.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kith {

/// RFC 4648, padded, on one line.
std::string base64(std::string_view bytes);

/// The bytes of such a text; blanks and line ends in it do not count. @return nullopt for anything else.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace kith

// Base64, by libcrypto.
#pragma once

#include <string>
#include <string_view>

namespace kith {

/// RFC 4648, padded, on one line.
std::string base64(std::string_view bytes);

}  // namespace kith

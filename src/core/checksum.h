// SHA-2 digests, by libcrypto.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace kith {

/// Two lower-case digits a byte.
std::string hex(std::string_view bytes);
/// @return 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);
/// @return base64, as npm's integrity fields write it after "sha512-".
std::string sha512_base64(std::string_view bytes);

}  // namespace kith

#include "core/checksum.h"

#include <kith/error.h>
#include <openssl/evp.h>

#include <array>
#include <vector>

#include "core/base64.h"

namespace kith {
namespace {

std::vector<unsigned char> digest(std::string_view bytes, const EVP_MD* algorithm) {
  std::vector<unsigned char> out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm, nullptr) != 1) {
    throw Error(ErrorCode::kInternal, "libcrypto could not compute a digest");
  }
  out.resize(size);
  return out;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : digest(bytes, EVP_sha256())) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

std::string sha512_base64(std::string_view bytes) {
  const std::vector<unsigned char> raw = digest(bytes, EVP_sha512());
  return base64({reinterpret_cast<const char*>(raw.data()), raw.size()});
}

}  // namespace kith

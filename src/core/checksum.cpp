#include "core/checksum.h"

#include <kith/error.h>
#include <openssl/evp.h>

#include "core/base64.h"

namespace kith {
namespace {

std::string digest(std::string_view bytes, const EVP_MD* algorithm) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size, algorithm,
                 nullptr) != 1) {
    throw Error(ErrorCode::kInternal, "libcrypto could not compute a digest");
  }
  out.resize(size);
  return out;
}

}  // namespace

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) { return hex(digest(bytes, EVP_sha256())); }

std::string sha512_base64(std::string_view bytes) { return base64(digest(bytes, EVP_sha512())); }

}  // namespace kith

#include "core/base64.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>

namespace kith {

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // libcrypto ends it with a zero
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::string> from_base64(std::string_view given) {
  std::string text;
  std::ranges::copy_if(given, std::back_inserter(text), [](unsigned char c) { return std::isspace(c) == 0; });
  std::size_t padding = 0;
  for (; padding < 2 && text.ends_with('='); ++padding) text.pop_back();
  if (text.find('=') != std::string::npos || text.size() % 4 == 1) return std::nullopt;
  padding = (4 - text.size() % 4) % 4;  // whoever leaves it out means it
  text.append(padding, '=');
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

}  // namespace kith

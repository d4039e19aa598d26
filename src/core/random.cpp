#include "core/random.h"

#include <kith/error.h>
#include <openssl/rand.h>

namespace kith {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    throw Error(ErrorCode::kInternal, "libcrypto has no random numbers");
  return bytes;
}

}  // namespace kith

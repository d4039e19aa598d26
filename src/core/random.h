// Random bytes that nobody can guess, by libcrypto.
#pragma once

#include <cstddef>
#include <string>

namespace kith {

/// @throws Error kInternal when the system gives none.
std::string random_bytes(std::size_t count);

}  // namespace kith

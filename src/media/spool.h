// Spool: bytes that come once in a file that nobody else sees, for videos that cannot be read from front to back.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "media/mjpeg.h"

namespace kith {

/// Whether this is an mp4 or mov whose index comes after the pictures, as phones write them.
bool has_index_last(const Peek& peek);

/// Gone when this is.
class Spool {
 public:
  /// Reads to the end. @param read  how many bytes it put there, 0 at the end. @param name  what messages start with.
  /// @throws Error kIo (full disk), and what `read` throws.
  Spool(const std::string& name, const std::function<std::size_t(char* to, std::size_t most)>& read);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  /// Opens it, from this process only.
  std::string path() const;

 private:
  int handle_ = -1;
};

}  // namespace kith

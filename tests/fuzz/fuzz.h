// What the fuzz targets share: kith::Error is the only exception that may leave a reader of foreign bytes.
// Everything else that escapes, and every broken promise, ends the process, which libFuzzer reports.
#pragma once

#include <kith/error.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace kith::fuzz {

/// @return what `read` returns, nullopt when it refused the bytes.
template <typename Read>
auto attempt(Read read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// A promise of the reader, asserted in every build type.
inline void require(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

inline std::string to_string(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The input as a file, in memory where there is /dev/shm. One at a time and process.
class InputFile {
 public:
  InputFile(const std::string& bytes, const std::string& ending) {
    static const std::filesystem::path kFolder =
        std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
    path_ = kFolder / ("kith_fuzz_" + std::to_string(::getpid()) + ending);
    std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  ~InputFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(path_.string() + "-journal", ignored);
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace kith::fuzz

#include "media/spool.h"

#include <fcntl.h>
#include <kith/error.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace kith {

// The boxes of ISO/IEC 14496-12, 4.2: a length of 4 bytes (1: 8 more after the name; 0: up to the end) and a name.
bool has_index_last(const Peek& peek) {
  constexpr std::size_t kHead = 4096;
  const std::string_view bytes = peek(kHead);
  for (std::uint64_t at = 0; at + 16 <= bytes.size();) {
    std::uint64_t length = 0;
    const auto take = [&](std::uint64_t from, int count) {
      length = 0;
      for (int i = 0; i < count; ++i)
        length = length << 8U | static_cast<unsigned char>(bytes[from + static_cast<std::uint64_t>(i)]);
    };
    take(at, 4);
    const std::string_view name = bytes.substr(at + 4, 4);
    if (name == "mdat") return true;
    const bool before =
        name == "ftyp" || name == "free" || name == "skip" || name == "wide" || name == "uuid";
    if (!before) return false;
    if (length == 1) take(at + 8, 8);
    if (length < 8) return false;
    at += length;
  }
  return false;
}

Spool::Spool(const std::string& name, const std::function<std::size_t(char* to, std::size_t most)>& read) {
  std::error_code none;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(none);
  const auto fail = [&](const std::string& what) {
    const std::string where = none ? "the folder for temporary files ($TMPDIR)" : folder.string();
    throw Error(ErrorCode::kIo, name + ": cannot be kept in " + where + " while it is read: " + what);
  };
  if (none) fail(none.message());
  std::string place = (folder / "kith-XXXXXX").string();
  handle_ = ::mkostemp(place.data(), O_CLOEXEC);
  if (handle_ < 0) fail(std::strerror(errno));
  ::unlink(place.c_str());
  try {
    std::array<char, std::size_t{1} << 16U> part{};
    while (const std::size_t count = read(part.data(), part.size())) {
      for (std::size_t done = 0; done < count;) {
        const ssize_t written = ::write(handle_, part.data() + done, count - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail(std::strerror(errno));
        done += static_cast<std::size_t>(written);
      }
    }
  } catch (...) {
    ::close(handle_);
    throw;
  }
}

Spool::~Spool() { ::close(handle_); }

std::string Spool::path() const { return "/proc/self/fd/" + std::to_string(handle_); }

}  // namespace kith

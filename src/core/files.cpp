#include "core/files.h"

#include <fcntl.h>
#include <kith/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace kith {
namespace fs = std::filesystem;
namespace {

struct Closing {
  int file;
  ~Closing() { ::close(file); }
};

[[noreturn]] void fail_to_read(const fs::path& path) {
  if (errno == ENOENT || errno == ENOTDIR)
    throw Error(ErrorCode::kNotFound, path.string() + ": no such file");
  if (errno == EISDIR) throw Error(ErrorCode::kIo, path.string() + ": is a folder, a file is needed");
  throw Error(ErrorCode::kIo, path.string() + ": cannot be read: " + std::strerror(errno));
}

}  // namespace

// By read(2): a stream takes a disk that fails for the end of the file.
std::string read_file(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail_to_read(path);
  const Closing closing{file};
  std::string bytes;
  struct stat about {};
  if (::fstat(file, &about) == 0 && S_ISREG(about.st_mode))
    bytes.reserve(static_cast<std::size_t>(about.st_size));
  std::array<char, 1 << 16> block{};
  while (true) {
    const ssize_t n = ::read(file, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_to_read(path);
    if (n == 0) return bytes;
    bytes.append(block.data(), static_cast<std::size_t>(n));
  }
}

void write_file(const fs::path& path, std::string_view bytes, Access access) {
  Draft draft(path, access);
  draft.write(bytes);
  draft.commit();
}

std::filesystem::file_time_type changed_at(const std::filesystem::path& path) {
  std::error_code none;
  const std::filesystem::file_time_type time = std::filesystem::last_write_time(path, none);
  return none ? std::filesystem::file_time_type() : time;
}

void make_private_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (std::filesystem::create_directories(folder, ignored))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
}

fs::path data_dir() {
  const auto variable = [](const char* name) -> fs::path {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
  };
  if (const fs::path home = variable("KITH_HOME"); !home.empty()) return home;
  if (const fs::path data = variable("XDG_DATA_HOME"); !data.empty()) return data / "kith";
  if (const fs::path home = variable("HOME"); !home.empty()) return home / ".local/share/kith";
  throw Error(ErrorCode::kInvalidArgument,
              "neither KITH_HOME, XDG_DATA_HOME nor HOME is set: set KITH_HOME to a folder for models");
}

}  // namespace kith

#include "core/files.h"

#include <fcntl.h>
#include <kith/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace kith {
namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw Error(ErrorCode::kNotFound, path.string() + ": no such file");
  if (fs::is_directory(path, ignored))
    throw Error(ErrorCode::kIo, path.string() + ": is a folder, a file is needed");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in) {
    if (in.eof() || fs::file_size(path, ignored) == 0) return {};
    throw Error(ErrorCode::kIo, path.string() + ": cannot be read: " + std::strerror(errno));
  }
  return std::move(bytes).str();
}

namespace {

// What was written lies on the disk, not only in the system's memory.
bool sync_to_disk(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool done = ::fsync(file) == 0 || errno == EINVAL;  // EINVAL: a file system that cannot
  ::close(file);
  return done;
}

}  // namespace

void write_file(const fs::path& path, std::string_view bytes) {
  std::error_code failed;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  const fs::path draft = path.string() + ".part" + std::to_string(::getpid());
  {
    std::ofstream out(draft, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out || !sync_to_disk(draft)) {
      const std::string why = std::strerror(errno);
      fs::remove(draft, failed);
      throw Error(ErrorCode::kIo, path.string() + ": cannot be written: " + why);
    }
  }
  fs::rename(draft, path, failed);
  if (failed) {
    const std::string why = failed.message();
    fs::remove(draft, failed);
    throw Error(ErrorCode::kIo, path.string() + ": cannot be written: " + why);
  }
  sync_to_disk(path.has_parent_path() ? path.parent_path() : fs::path("."));  // the rename; too late to fail
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

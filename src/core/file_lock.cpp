#include "core/file_lock.h"

#include <fcntl.h>
#include <kith/error.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kith {
namespace {

int open_to_lock(const std::filesystem::path& there) {
  const int file = ::open(there.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw Error(ErrorCode::kIo, there.string() + ": cannot be opened: " + std::strerror(errno));
  return file;
}

// @return false: somebody else has it.
bool lock(int file, int how) {
  int done = 0;
  do {
    done = ::flock(file, LOCK_EX | how);
  } while (done != 0 && errno == EINTR);
  return done == 0 || errno != EWOULDBLOCK;
}

}  // namespace

FileLock FileLock::wait_for(const std::filesystem::path& there) {
  FileLock file(open_to_lock(there));
  lock(file.file_, 0);
  return file;
}

std::optional<FileLock> FileLock::try_for(const std::filesystem::path& there) {
  FileLock file(open_to_lock(there));
  if (!lock(file.file_, LOCK_NB)) return std::nullopt;
  return file;
}

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

bool try_to_lock(int file) { return lock(file, LOCK_NB); }

}  // namespace kith

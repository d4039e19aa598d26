#include "core/draft.h"

#include <fcntl.h>
#include <kith/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "core/file_lock.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = ".kith-", kSuffix = ".draft";
constexpr mode_t kModeBits = 07777;

[[noreturn]] void fail_to_write(const fs::path& path) {
  throw Error(ErrorCode::kIo, path.string() + ": cannot be written: " + std::strerror(errno));
}

mode_t mode_of(Access access) { return access == Access::kPrivate ? 0600 : 0666; }

// Short whatever the target is called, hidden, and nobody else's: O_EXCL sees to other hosts' process ids.
std::string next_name() {
  static std::atomic<unsigned> count = 0;
  return std::string(kPrefix) + std::to_string(::getpid()) + '-' + std::to_string(++count) +
         std::string(kSuffix);
}

// Where the bytes will lie: behind links, which may lead to nothing yet.
fs::path behind_links(fs::path path) {
  std::error_code failed;
  for (int links = 0; links < 40 && fs::is_symlink(path, failed); ++links) {
    const fs::path to = fs::read_symlink(path, failed);
    if (failed) break;
    path = to.is_absolute() ? to : path.parent_path() / to;
  }
  return path;
}

void make_folder_of(const fs::path& path) {
  std::error_code failed;  // opening the file says what is wrong
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
}

// What was written lies on the disk, not only in the system's memory.
bool sync_to_disk(int file) { return ::fsync(file) == 0 || errno == EINVAL || errno == EROFS; }

void sync_folder_of(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const int file = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;  // the rename is done: too late to fail
  sync_to_disk(file);
  ::close(file);
}

}  // namespace

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

int open_in_place(const fs::path& path, Access access, bool append) {
  make_folder_of(path);
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : 0);
  struct stat before {};
  const bool there = ::stat(path.c_str(), &before) == 0;
  const bool regular = !there || S_ISREG(before.st_mode);
  const int file = ::open(path.c_str(), flags, mode_of(access));
  if (file < 0) fail_to_write(path);
  if (!append && regular) {
    // Two runs' lines in one file would be nobody's.
    if (!try_to_lock(file)) {
      ::close(file);
      throw Error(ErrorCode::kIo,
                  path.string() + ": another run is writing there: wait for it, or give another name");
    }
    if (::ftruncate(file, 0) != 0) {
      ::close(file);
      fail_to_write(path);
    }
  }
  const bool empty = there && regular && before.st_size == 0;
  if (empty && access == Access::kPrivate) ::fchmod(file, 0600);
  return file;
}

Draft::Draft(const fs::path& target, Access access) : named_(target), target_(behind_links(target)) {
  struct stat there {};
  if (::stat(target_.c_str(), &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) {
    file_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) fail();
    return;
  }
  make_folder_of(target_);
  open_beside(access);
}

void Draft::open_beside(Access access) {
  struct stat old {};
  const bool replaces = ::stat(target_.c_str(), &old) == 0 && (old.st_size > 0 || access == Access::kShared);
  if (replaces && S_ISDIR(old.st_mode)) {
    errno = EISDIR;
    fail();
  }
  // A rename would pass over a write protection.
  if (replaces && ::faccessat(AT_FDCWD, target_.c_str(), W_OK, AT_EACCESS) != 0) fail();
  do {
    draft_ = target_.parent_path() / next_name();
    file_ =
        ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, replaces ? 0600 : mode_of(access));
  } while (file_ < 0 && errno == EEXIST);
  if (file_ < 0) {
    draft_.clear();
    fail();
  }
  if (!replaces) return;
  // Root may change another's file; the owner must be able to read it afterwards.
  if (old.st_uid != ::geteuid() || old.st_gid != ::getegid()) {
    if (::fchown(file_, old.st_uid, old.st_gid) != 0) errno = 0;  // not allowed: it is ours then
  }
  ::fchmod(file_, old.st_mode & kModeBits);
}

Draft::~Draft() {
  if (file_ >= 0) ::close(file_);
  if (!draft_.empty()) ::unlink(draft_.c_str());
}

void Draft::fail() const { fail_to_write(named_); }

void Draft::write(std::string_view bytes) {
  if (!write_all(file_, bytes)) fail();
}

void Draft::commit() {
  if (draft_.empty()) {
    const int file = std::exchange(file_, -1);
    if (::close(file) != 0) fail();
    return;
  }
  if (!sync_to_disk(file_) || ::close(std::exchange(file_, -1)) != 0) fail();
  if (::rename(draft_.c_str(), target_.c_str()) != 0) fail();
  draft_.clear();
  sync_folder_of(target_);
}

bool Draft::is_name(std::string_view name) { return name.starts_with(kPrefix) && name.ends_with(kSuffix); }

}  // namespace kith

// FileLock: one process at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <utility>

namespace kith {

/// An advisory lock (flock) on a file or folder that is there; the system lets go of it whoever dies. File systems that
/// know no locks (some network shares) give it to everybody.
class FileLock {
 public:
  /// Waits for whoever has it. @throws Error kIo.
  static FileLock wait_for(const std::filesystem::path& there);
  /// @return nullopt: somebody else has it. @throws Error kIo.
  static std::optional<FileLock> try_for(const std::filesystem::path& there);

  ~FileLock();
  FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }

 private:
  explicit FileLock(int file) : file_(file) {}
  int file_;
};

/// The same of a descriptor, for as long as it is open. @return false: somebody else has it.
bool try_to_lock(int file);

}  // namespace kith

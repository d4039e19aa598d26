// Draft: the new contents of a file, written beside it until they take its place. How every file of Kith's is
// replaced.
#pragma once

#include <filesystem>
#include <string_view>

namespace kith {

/// Who may read a file that Kith makes. One that is replaced keeps its mode (an empty one has nothing to keep).
enum class Access {
  kShared,   // as the umask says
  kPrivate,  // its owner alone, 0600 from the first byte: what holds faces or vectors, or says who was where
};

/// Until commit() the target is as it was. Links are followed; what is no plain file (a pipe, /dev/null) is
/// written into as it stands. Several threads may have drafts of one target: the last commit stays.
class Draft {
 public:
  /// Makes missing folders. @throws Error kIo naming the target.
  Draft(const std::filesystem::path& target, Access access);
  /// Takes the draft away unless it was committed.
  ~Draft();
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  /// @throws Error kIo (full disk) naming the target.
  void write(std::string_view bytes);
  /// Afterwards the bytes lie on the disk under the target's name. @throws Error kIo naming the target.
  void commit();

  /// What a draft is called; one that lies about is of a process that was killed.
  static bool is_name(std::string_view file_name);

 private:
  [[noreturn]] void fail() const;
  void open_beside(Access access);

  std::filesystem::path named_, target_, draft_;  // as given; without links; empty: written into directly
  int file_ = -1;
};

/// Opens a file to be written from its beginning (or its end), in place. Makes missing folders.
/// @return a descriptor; a file that is written from its beginning is locked for as long as it is open.
/// @throws Error kIo naming the file, also when another process writes there.
int open_in_place(const std::filesystem::path& path, Access access, bool append);

/// All bytes to a descriptor. @return false with errno set when that fails.
bool write_all(int file, std::string_view bytes);

}  // namespace kith

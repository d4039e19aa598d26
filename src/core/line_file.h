// LineFile: text to a file or to stdout, a line or a few at a time. How --json, --csv and --srt are written.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/draft.h"

namespace kith {

/// "-", and what the system calls it.
bool is_stdout(const std::filesystem::path& path);

/// Nothing is opened before the first line, so that what is there outlives a run that never got that far.
/// Not thread-safe.
class LineFile {
 public:
  enum class Mode {
    kWhole,  // the file appears with finish(): results that are written in one go
    kGrow,  // from the first line on; each is flushed, so that what is there is valid whenever the process dies
    kAppend,  // the same, behind what is there
  };
  explicit LineFile(std::filesystem::path path, Mode mode, Access access = Access::kPrivate);
  /// Finishes a whole file, unless an exception is under way: then the old one stays.
  ~LineFile();
  LineFile(LineFile&&) = delete;

  /// @throws Error kIo naming the file (no permission, full disk).
  void write(std::string_view text);
  /// After the last line. Without any, the file is empty. @throws Error kIo naming the file.
  void finish();

 private:
  void open();
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  Mode mode_;
  Access access_;
  int exceptions_;                // under way when this was made
  std::unique_ptr<Draft> draft_;  // kWhole
  int file_ = -1;                 // the others
  bool finished_ = false;
};

}  // namespace kith

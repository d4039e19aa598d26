#include "core/line_file.h"

#include <kith/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

namespace kith {
namespace fs = std::filesystem;

bool is_stdout(const fs::path& path) {
  return path == "-" || path == "/dev/stdout" || path == "/dev/fd/1" || path == "/proc/self/fd/1";
}

LineFile::LineFile(fs::path path, Mode mode, Access access)
    : path_(std::move(path)), mode_(mode), access_(access), exceptions_(std::uncaught_exceptions()) {}

LineFile::~LineFile() {
  try {
    if (mode_ == Mode::kWhole && std::uncaught_exceptions() == exceptions_) finish();
  } catch (const Error&) {  // reported to those who call finish() themselves
  }
  if (file_ >= 0) ::close(file_);
}

void LineFile::open() {
  if (is_stdout(path_) || draft_ || file_ >= 0) return;
  if (mode_ == Mode::kWhole) {
    draft_ = std::make_unique<Draft>(path_, access_);
  } else {
    file_ = open_in_place(path_, access_, mode_ == Mode::kAppend);
  }
}

void LineFile::write(std::string_view text) {
  open();
  if (draft_) return draft_->write(text);
  if (file_ >= 0) {
    if (!write_all(file_, text)) fail();
  } else if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    fail();
  }
}

void LineFile::finish() {
  if (finished_) return;
  finished_ = true;
  open();
  if (draft_) draft_->commit();
}

void LineFile::fail() const {
  const std::string name = is_stdout(path_) ? "stdout" : path_.string();
  throw Error(ErrorCode::kIo, name + ": cannot be written: " + std::strerror(errno));
}

}  // namespace kith

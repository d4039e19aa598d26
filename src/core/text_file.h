// TextFile: lines to a file, each flushed, so that what is there is valid whenever the process dies.
#pragma once

#include <kith/error.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

namespace kith {

class TextFile {
 public:
  /// Replaces the file; "-" is stdout. @throws Error kIo naming the file.
  explicit TextFile(const std::filesystem::path& path)
      : path_(path), file_(path == "-" ? stdout : std::fopen(path.c_str(), "wb")) {
    if (!file_) fail();
  }
  void write(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0)
      fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorCode::kIo, path_.string() + ": cannot be written: " + std::strerror(errno));
  }
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace kith

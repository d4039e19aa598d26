// JsonLines: one JSON object a line to a file or to stdout; the shape of every --json output (docs/formats.md).
#pragma once

#include <cstdio>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kith {

/// Not thread-safe. Every line is flushed, so that what is there is valid whenever the process dies.
class JsonLines {
 public:
  enum class Mode { kReplace, kAppend };
  /// @param path  a file, replaced unless told otherwise; "-" is stdout.
  /// @throws Error kIo naming the file.
  explicit JsonLines(const std::string& path, Mode mode = Mode::kReplace);
  /// Keys keep their order; text that is not UTF-8 is replaced, never an error. @throws Error kIo (full disk).
  void write(const nlohmann::ordered_json& object);

 private:
  struct Close {
    void operator()(std::FILE* file) const;
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace kith

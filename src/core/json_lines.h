// JsonLines: one JSON object a line to a file or to stdout; the shape of every --json output (docs/formats.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/line_file.h"

namespace kith {

/// Opened at the first line, for its owner alone (0600), as LineFile says. Not thread-safe.
class JsonLines {
 public:
  using Mode = LineFile::Mode;
  /// @param path  a file; "-" is stdout.
  explicit JsonLines(const std::string& path, Mode mode = Mode::kWhole) : file_(path, mode) {}
  /// Keys keep their order; text that is not UTF-8 gets U+FFFD, never an error. A `source` like that is followed by its bytes,
  /// `source_base64`. @throws Error kIo (full disk).
  void write(const nlohmann::ordered_json& object);
  /// After the last line; a whole file appears now. @throws Error kIo.
  void finish() { file_.finish(); }

 private:
  LineFile file_;
};

}  // namespace kith

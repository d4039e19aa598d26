// ResultLines: everything that a verb writes with --json: what made it, the results, and how it
// ended. All verbs write these three alike (docs/formats.md, "Every JSON output").
#pragma once

#include <kith/run_info.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/json_lines.h"

namespace kith {

/// Not thread-safe. A file without its last line, the summary, is of a run that died.
class ResultLines {
 public:
  /// @param path  as JsonLines takes it, or empty: then nothing is written. The line that says what made them comes with the
  ///              first other one.
  ResultLines(const std::string& path, RunInfo made_by, JsonLines::Mode mode = JsonLines::Mode::kWhole);
  /// A line with "error" is counted as a failure of its "source" (or "name"). @throws Error kIo, as all below.
  void write(const nlohmann::ordered_json& line);
  /// {"source","error"}.
  void fail(const std::string& source, const std::string& why);
  /// {"summary": {...}}: the verb's own keys, then whether all of it is there. Called once.
  void finish(nlohmann::ordered_json summary, bool interrupted = false, std::int64_t dropped = 0);

 private:
  void note_failure(const std::string& source);

  std::optional<RunInfo> made_by_;  // until it is written
  RunEnd end_;
  std::optional<JsonLines> lines_;
};

}  // namespace kith

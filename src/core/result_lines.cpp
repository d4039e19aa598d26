#include "core/result_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/run_info.h"

namespace kith {

ResultLines::ResultLines(const std::string& path, RunInfo made_by, JsonLines::Mode mode)
    : made_by_(std::move(made_by)) {
  if (!path.empty()) lines_.emplace(path, mode);
}

void ResultLines::write(const nlohmann::ordered_json& line) {
  if (line.contains("error")) note_failure(line.contains("source") ? line["source"] : line["name"]);
  if (!lines_) return;
  if (made_by_) lines_->write(to_json(*made_by_));
  made_by_.reset();
  lines_->write(line);
}

void ResultLines::note_failure(const std::string& source) {
  if (std::ranges::find(end_.failures, source) == end_.failures.end()) end_.failures.push_back(source);
}

void ResultLines::fail(const std::string& source, const std::string& why) {
  write({{"source", source}, {"error", why}});
}

void ResultLines::finish(nlohmann::ordered_json summary, bool interrupted, std::int64_t dropped) {
  end_.interrupted = interrupted;
  end_.dropped = dropped;
  add_end(summary, end_);
  write({{"summary", std::move(summary)}});
  if (lines_) lines_->finish();
}

}  // namespace kith

#include "sidecar/relabel.h"

#include <kith/error.h>

#include <functional>

#include "core/files.h"
#include "sidecar/srt_cues.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

using Change = std::function<std::string(const std::string& text, Relabelled& counts)>;

Relabelled change_file(const fs::path& path, bool dry_run, const Change& change) {
  Relabelled report;
  report.path = path;
  try {
    const std::string before = read_file(path);
    const std::string after = change(before, report);
    if (!dry_run && after != before) write_file(path, after, Access::kPrivate);
  } catch (const std::exception& e) {
    report.faces = report.tracks = 0;
    report.error = e.what();
  }
  return report;
}

}  // namespace

std::vector<Relabelled> relabel(const fs::path& file, const Relabelling& change, bool dry_run) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return {{file, 0, 0, true, file.string() + ": is not there any more"}};
  const auto with = [](const fs::path& path, const char* extension) {
    return fs::path(path).replace_extension(extension);
  };
  const auto csv = [&](const fs::path& path) {
    return change_file(path, dry_run, [&](const std::string& text, Relabelled& counts) {
      return relabel_csv(text, change, path.string(), counts);
    });
  };
  const auto srt_by_itself = [&](const fs::path& path) {
    return change_file(path, dry_run, [&](const std::string& text, Relabelled& counts) {
      return srt_without(text, change.name, counts.faces);
    });
  };
  if (!change.tracks && file.extension() == ".csv") return {csv(file)};
  if (!change.tracks && file.extension() == ".srt") return {srt_by_itself(file)};
  std::string before;
  std::string after;
  std::vector<Relabelled> reports;
  reports.push_back(change_file(file, dry_run, [&](const std::string& text, Relabelled& counts) {
    before = text;
    return after = relabel_json(text, change, file.string(), counts);
  }));
  if (change.tracks && !reports.front().error.empty()) return reports;  // the others are as this one is
  if (const fs::path path = with(file, ".csv"); path != file && fs::exists(path, ignored))
    reports.push_back(csv(path));
  if (const fs::path path = with(file, ".srt"); path != file && fs::exists(path, ignored)) {
    reports.push_back(!change.tracks
                          ? srt_by_itself(path)
                          : change_file(path, dry_run, [&](const std::string& text, Relabelled& counts) {
                              return relabel_srt(text, before, after, path.string(), counts);
                            }));
  }
  return reports;
}

}  // namespace kith

#include "sidecar/relabel.h"

#include <kith/error.h>

#include <functional>

#include "core/files.h"

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

std::vector<Relabelled> relabel(const fs::path& sidecar, const Relabelling& change, bool dry_run) {
  std::error_code ignored;
  std::vector<Relabelled> reports;
  if (!fs::exists(sidecar, ignored)) {
    reports.push_back({sidecar, 0, 0, true, sidecar.string() + ": is not there any more"});
    return reports;
  }
  std::string before;
  std::string after;
  reports.push_back(change_file(sidecar, dry_run, [&](const std::string& text, Relabelled& counts) {
    before = text;
    return after = relabel_json(text, change, sidecar.string(), counts);
  }));
  if (!reports.front().error.empty()) return reports;
  const auto companion = [&](const char* extension, const Change& companion_change) {
    fs::path path = sidecar;
    path.replace_extension(extension);
    if (path != sidecar && fs::exists(path, ignored))
      reports.push_back(change_file(path, dry_run, companion_change));
  };
  companion(".csv", [&](const std::string& text, Relabelled& counts) {
    return relabel_csv(text, change, fs::path(sidecar).replace_extension(".csv").string(), counts);
  });
  companion(".srt", [&](const std::string& text, Relabelled& counts) {
    return relabel_srt(text, before, after, fs::path(sidecar).replace_extension(".srt").string(), counts);
  });
  return reports;
}

}  // namespace kith

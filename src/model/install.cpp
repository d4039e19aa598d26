#include "model/install.h"

#include <kith/error.h>

#include <algorithm>
#include <cstdlib>

#include "model/import/import.h"
#include "model/model_file.h"
#include "model/network.h"
#include "model/package.h"
#include "model/self_test.h"

namespace kith::model {
namespace {
namespace fs = std::filesystem;

// Calibrations had no centre once, and no norm; whoever calibrated them, the catalogue's are better.
bool is_outdated(const Calibration& installed, const Calibration& known) {
  return (installed.centre.empty() && !known.centre.empty()) || (installed.norm == 0 && known.norm > 0);
}

// Recalibrating takes minutes and a folder of strangers; installing the same network again must not undo it.
void keep_calibrations(ModelFile& file, const fs::path& path) {
  if (!fs::exists(path)) return;
  try {
    const ModelFile old = read_model(path);
    if (old.contract.identity != identity_of(*file.proto, file.contract)) return;
    for (const auto& [embedder, calibration] : old.contract.calibrations) {
      Calibration& known = file.contract.calibrations[embedder];
      if (!is_outdated(calibration, known)) known = calibration;
    }
  } catch (const Error&) {
    // A damaged file has nothing worth keeping.
  }
}

}  // namespace

fs::path cache_dir() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return fs::path(cache) / "kith";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return fs::path(home) / ".cache/kith";
  throw Error(ErrorCode::kInvalidArgument,
              "neither XDG_CACHE_HOME nor HOME is set: set XDG_CACHE_HOME to a folder for downloads");
}

bool is_installed(const CatalogEntry& entry) {
  const fs::path path = installed_path(entry.name());
  if (!fs::exists(path)) return false;
  try {
    const ModelFile file = read_model(path);
    const bool calibrated = std::ranges::all_of(entry.contract.calibrations, [&](const auto& known) {
      const auto found = file.contract.calibrations.find(known.first);
      return found != file.contract.calibrations.end() && !is_outdated(found->second, known.second);
    });
    return calibrated && contract_json(file.contract) == contract_json(entry.contract) &&
           !file.contract.self_test.outputs.empty();
  } catch (const Error&) {
    return false;
  }
}

bool install(const CatalogEntry& entry, const InstallOptions& options,
             const std::function<std::shared_ptr<Runtime>()>& runtime) {
  if (!options.force && is_installed(entry)) return false;
  const fs::path path = installed_path(entry.name());
  std::vector<SourceFile> sources =
      options.from.empty() ? files_from_npm(entry, options.say) : files_from_path(entry, options.from);
  options.say(entry.name() + ": converting");
  ModelFile file = import_sources(std::move(sources), {});
  file.contract = entry.contract;
  prove(file, entry.name(), runtime());
  keep_calibrations(file, path);
  write_model(path, file);
  check_self_test(*Network::load(path, entry.contract.role, runtime()), path.string());
  return true;
}

}  // namespace kith::model

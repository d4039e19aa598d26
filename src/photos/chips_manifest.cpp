#include "photos/chips_manifest.h"

#include <kith/error.h>

#include <nlohmann/json.hpp>

#include "core/files.h"
#include "model/contract.h"

namespace kith {
namespace fs = std::filesystem;
namespace {
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

ChipsManifest parse(const Json& json, const std::string& where) {
  if (json.at("format").get<int>() > kFormat) {
    throw Error(ErrorCode::kUnsupported,
                where + ": made by a newer Kith: update Kith, or align the photos again");
  }
  ChipsManifest manifest;
  manifest.geometry = model::parse_chip_geometry(json.at("geometry").dump(), where);
  if (!json.at("embedder").is_null()) manifest.embedder = json.at("embedder").get<std::string>();
  manifest.detector = json.at("detector").get<std::string>();
  manifest.options = json.at("options").get<std::map<std::string, std::string>>();
  return manifest;
}

}  // namespace

std::optional<ChipsManifest> load_manifest(const fs::path& chips) {
  const fs::path path = manifest_path(chips);
  if (std::error_code ignored; !fs::exists(path, ignored)) return std::nullopt;
  try {
    return parse(Json::parse(read_file(path)), path.string());
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::kCorrupt,
                path.string() + ": not a chips manifest (" + e.what() + "): align the photos again");
  }
}

std::optional<fs::path> chips_root(const fs::path& input) {
  std::error_code ignored;
  fs::path folder = fs::absolute(input).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (!fs::is_directory(folder, ignored)) folder = folder.parent_path();
  for (const fs::path& each : {folder, folder.parent_path()}) {
    if (fs::exists(manifest_path(each), ignored)) return each;
  }
  return std::nullopt;
}

void store_manifest(const fs::path& chips, const ChipsManifest& manifest) {
  const Json json{{"format", kFormat},
                  {"geometry", Json::parse(model::chip_geometry_json(manifest.geometry))},
                  {"embedder", manifest.embedder ? Json(*manifest.embedder) : Json()},
                  {"detector", manifest.detector},
                  {"options", manifest.options}};
  write_file(manifest_path(chips), json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void require_geometry(const fs::path& chips, const ChipsManifest& manifest, const ChipGeometry& wanted,
                      const std::string& embedder) {
  if (manifest.geometry == wanted) return;
  throw Error(ErrorCode::kInvalidArgument,
              chips.string() + ": these chips are " + describe(manifest.geometry) + ", but " + embedder +
                  " needs " + describe(wanted) +
                  ": align the photos again for it, or give the folder of photos");
}

}  // namespace kith

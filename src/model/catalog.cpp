#include "model/catalog.h"

#include <kith/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "core/json_words.h"

namespace kith::model {
extern const char* const kCatalogJson;  // catalog_json.cpp.in

namespace {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

LfwFigures parse_lfw(const Json& json) {
  return {json.at("accuracy"),
          json.at("accuracy_std"),
          json.at("tar_at_far").at("0.01"),
          json.at("tar_at_far").at("0.001"),
          json.at("auc"),
          json.at("eer")};
}

CatalogEntry parse_entry(const Json& json) {
  CatalogEntry entry;
  entry.is_default = json.at("default");
  entry.summary = json.at("summary");
  entry.package = json.at("package");
  entry.version = json.at("version");
  entry.integrity = json.at("integrity");
  entry.importer = json.at("importer");
  for (const Json& file : json.at("files")) entry.files.push_back({file.at("path"), file.at("sha256")});
  const Json& figures = json.at("figures");
  if (figures.contains("lfw")) entry.lfw = parse_lfw(figures.at("lfw"));
  if (figures.contains("ms_a_face")) entry.ms_a_face = figures.at("ms_a_face").get<double>();
  entry.contract = parse_contract(json.at("contract").dump(), "models/catalog.json");
  if (json.contains("calibrations")) {
    entry.contract.calibrations = parse_calibrations(json.at("calibrations").dump(), "models/catalog.json");
  }
  return entry;
}

std::string known_names() {
  std::string names;
  for (const CatalogEntry& entry : catalog()) names += (names.empty() ? "" : ", ") + entry.name();
  return names;
}

}  // namespace

std::vector<CatalogEntry> parse_catalog(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    std::vector<CatalogEntry> entries;
    for (const Json& entry : json.at("models")) entries.push_back(parse_entry(entry));
    return entries;
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::kCorrupt, "models/catalog.json: " + plain_words(e));
  }
}

std::span<const CatalogEntry> catalog() {
  static const std::vector<CatalogEntry> entries = parse_catalog(kCatalogJson);
  return entries;
}

const CatalogEntry& catalog_entry(const std::string& name) {
  const auto entries = catalog();
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const CatalogEntry& e) { return e.name() == name; });
  if (found == entries.end()) {
    throw Error(ErrorCode::kNotFound, "model \"" + name + "\" is not known; known are " + known_names());
  }
  return *found;
}

fs::path models_dir() { return data_dir() / "models"; }

fs::path installed_path(const std::string& name) { return models_dir() / (name + ".onnx"); }

fs::path resolve_model(const std::string& name_or_file) {
  const fs::path as_file(name_or_file);
  const bool is_file = name_or_file.find('/') != std::string::npos || as_file.extension() == ".onnx";
  const fs::path path = is_file ? as_file : installed_path(name_or_file);
  if (fs::exists(path)) return path;
  if (is_file) throw Error(ErrorCode::kNotFound, path.string() + ": no such model file");
  catalog_entry(name_or_file);
  throw Error(ErrorCode::kNotFound, "model \"" + name_or_file + "\" is not installed");
}

}  // namespace kith::model

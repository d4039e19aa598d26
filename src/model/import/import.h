// import: the files that people download -> a model file with a contract (model_file.h). Which reader takes a
// file is told by its name; each format has its own reader in this folder.
#pragma once

#include <kith/runtime.h>

#include <optional>
#include <string>
#include <vector>

#include "model/model_file.h"

namespace kith::model {

struct SourceFile {
  std::string name;  // its ending tells the format: .onnx .tflite .npy .pb; also for messages
  std::string bytes;
};

struct ImportOptions {
  /// The contract as JSON (docs/models.md); without one, Kith must recognise the network.
  std::optional<std::string> contract_json;
  std::string contract_where;  // the JSON's file, for messages
};

/// Converts without judging: no self-test is recorded yet.
/// @param sources  one file, or the three of MTCNN in any order.
/// @throws Error kCorrupt, kUnsupported, kInvalidArgument (files that do not belong together; no contract and
/// not recognised).
ModelFile import_sources(std::vector<SourceFile> sources, const ImportOptions& options);

/// Loads the network, which checks the contract against it; checks that pictures in a batch do not influence
/// each other; and records the self-test.
/// @throws Error kCorrupt (contract that does not fit), kUnsupported (a network that mixes the pictures of a
/// batch).
void prove(ModelFile& file, const std::string& where, const std::shared_ptr<Runtime>& runtime);

}  // namespace kith::model

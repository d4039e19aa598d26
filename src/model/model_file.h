// Reads and writes Kith's model files: an ONNX graph with a contract in its metadata (docs/formats.md).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "model/contract.h"

namespace onnx {
class ModelProto;
}

namespace kith::model {

struct ModelFile {
  std::shared_ptr<onnx::ModelProto> proto;
  Contract contract;
};

/// @throws Error kNotFound, kIo, kCorrupt (not ONNX, no contract, or an identity that does not match what the file holds).
ModelFile read_model(const std::filesystem::path& path);

/// Parses ONNX bytes without asking for a contract: what importers start from.
/// @throws Error kCorrupt.
std::shared_ptr<onnx::ModelProto> parse_onnx(const std::string& bytes, const std::string& where);

/// Sets contract.identity, stores the contract in `file.proto` and writes the file, whole or not at all.
/// @throws Error kIo.
void write_model(const std::filesystem::path& path, ModelFile& file);

/// sha256 over graph, opset, weights and preprocessing. Names, licences, self-test and calibrations are outside it.
std::string identity_of(const onnx::ModelProto& proto, const Contract& contract);

/// The nodes and weights between a graph's input and its outputs, as a model of its own, serialised for the runtime.
/// @throws Error kCorrupt when an output cannot be computed from the input.
std::string extract_graph(const onnx::ModelProto& proto, const GraphSpec& graph, const std::string& where);

}  // namespace kith::model

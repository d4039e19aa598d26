// recognise: the contract of networks that people bring and whose structure Kith knows, so that they need no
// JSON.
#pragma once

#include <optional>
#include <string>

#include "model/contract.h"

namespace onnx {
class ModelProto;
}

namespace kith::model {

/// By the file's checksum in the catalogue. @return without identity and self-test; nullopt when not known.
std::optional<Contract> recognise_file(const std::string& bytes);

/// By structure: SCRFD and YuNet detectors (docs/formats.md says how their outputs are ordered), and the
/// MobileFaceNet that was converted from ncnn with its normalisation in the graph. @param stem  the file's
/// name without ending: the model's name.
std::optional<Contract> recognise_network(const onnx::ModelProto& model, const std::string& stem);

/// Fills in what a contract's JSON may leave out when the network has one input and one output: "format",
/// "graphs", and the dimension of an embedder.
std::string complete_contract(const std::string& json, const onnx::ModelProto& model,
                              const std::string& where);

}  // namespace kith::model

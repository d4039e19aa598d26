// onnx_import: makes an ONNX network that people bring fit for Kith's contracts.
#pragma once

#include <memory>
#include <string>

namespace onnx {
class ModelProto;
}

namespace kith::model {

/// Makes the batch axis of every input and output free: dimensions, and Reshape nodes with a constant batch
/// of 1 (or whatever the input states). Also drops weights from the list of inputs, shapes noted inside the
/// graph, and metadata. Whether pictures in one batch stay apart is the caller's to check.
void free_batch(onnx::ModelProto& model);

/// @throws Error kCorrupt (not ONNX), kUnsupported (weights in a second file).
std::shared_ptr<onnx::ModelProto> read_onnx(const std::string& bytes, const std::string& where);

}  // namespace kith::model

// onnx_bridge: Kith's model files <-> graphs that can be trained.
#pragma once

#include "model/model_file.h"
#include "train/graph.h"

namespace kith::train {

/// @throws Error kUnsupported (not an embedder of square NCHW pictures; padding or pooling that is not spelt out),
/// kCorrupt. @param where  for messages.
Graph read_graph(const model::ModelFile& file, const std::string& where);

/// The network as ONNX, without what only training needs (Dropout). Its contract is the caller's.
std::shared_ptr<onnx::ModelProto> write_graph(const Graph& graph);

}  // namespace kith::train

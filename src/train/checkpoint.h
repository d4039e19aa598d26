// Checkpoint: tensors and a few texts in one file of the safetensors format (huggingface.co/docs/safetensors), which Python
// reads too.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>

#include "train/graph.h"

namespace kith::train {

struct Checkpoint {
  std::map<std::string, torch::Tensor> tensors;  // float, int64 or bytes
  std::map<std::string, std::string> texts;
};

/// The file is whole or unchanged, whoever dies (core/draft.h). @throws Error kIo.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);
/// On the CPU. @throws Error kNotFound, kIo, kCorrupt.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// A network within a checkpoint: its structure is the text "graph", its weights are tensors "<prefix>NAME".
void put_graph(Checkpoint& checkpoint, const Graph& graph, const std::string& prefix = "net.");
Graph get_graph(const Checkpoint& checkpoint, const std::string& where, const std::string& prefix = "net.");

}  // namespace kith::train

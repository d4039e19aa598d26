// Trainer: the loop. Batch -> network -> loss -> step; between steps a log, an evaluation, a checkpoint.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include "train/recipe.h"

namespace kith::train {

/// What a run writes into its folder:
///   log.jsonl                a line every log_every steps, one an evaluation
///   checkpoint.safetensors   everything that going on needs: weights, averages, optimiser, step
///   model.safetensors        at the end: the weights to use (averaged ones if there are), for `kith-train export`
///   nan.safetensors          the batch that made the loss no number
enum class Outcome { kDone, kInterrupted };

struct RunOptions {
  std::filesystem::path folder;
  bool go_on = false;  // from the folder's checkpoint, if there is one
  std::function<void(const std::string&)> say = [](const std::string&) {};  // a line for people
};

/// On one machine with one libtorch: the same recipe gives the same weights bit for bit, also when it was killed at any
/// moment and goes on (on a GPU if recipe.deterministic).
/// @throws Error kInvalidArgument (recipe, shards); kCorrupt; kIo; kInternal for a loss that is no number, naming the file
/// with the batch.
Outcome train(const Recipe& recipe, const RunOptions& options, const std::atomic<bool>& stop);

}  // namespace kith::train

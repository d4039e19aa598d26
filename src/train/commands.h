// commands: the verbs of kith-train, one function each. Those in pack_command.cpp and model_commands.cpp need the rest of Kith (models, alignment),
// the others libtorch, OpenCV's core and libjpeg only, so that a machine with a GPU and little else can train.
#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>

namespace kith::train {

/// Exit codes as kith's (cli/cli.h).
enum class Exit : int { kDone = 0, kFailed = 1, kUsage = 2, kInterrupted = 130 };
using Action = std::function<Exit()>;

extern std::atomic<bool> interrupted;  // SIGINT, SIGTERM

/// Each adds a verb; the chosen one's action is left in `chosen`.
void add_run(CLI::App& app, Action& chosen);
void add_pack(CLI::App& app, Action& chosen);
void add_import(CLI::App& app, Action& chosen);
void add_export(CLI::App& app, Action& chosen);

}  // namespace kith::train

// Runs another program and waits for it; never through a shell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kith {

struct ProgramResult {
  int status = 0;      // exit status; 127 when there is no such program, 128 + signal when it was killed
  std::string output;  // what it wrote to stdout and stderr, together
};

/// @param arguments  arguments[0] is looked up in PATH. @param folder  where it runs.
/// @throws Error kIo when no process can be made.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder);

/// Asks what run_program waits for to end (SIGTERM), with what it has started. From any thread.
void end_running_programs();

}  // namespace kith

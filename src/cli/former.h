// Is this file an earlier output of Kith's, so that the next one may take its place?
#pragma once

#include <filesystem>

#include "cli/outputs.h"

namespace kith::cli {

/// By the file's first bytes (docs/formats.md says which). An empty file, a pipe and /dev/null count: there is nothing
/// to lose. @throws Error kIo when it cannot be read.
bool is_former(Written what, const std::filesystem::path& existing);

}  // namespace kith::cli

// The one check of what a verb reads and writes, before any work: nothing is opened, loaded or written when an
// output would destroy something.
#pragma once

#include <optional>

#include "cli/cli.h"

namespace kith::cli {

/// No output may be an input, another output or an installed model; none may replace a file that is no earlier output
/// of its option, unless --overwrite is given.
/// @return kFailed when inputs that must be there are not: each has been complained about, and noted in --json.
/// @throws Error kInvalidArgument naming option and file.
std::optional<Exit> check_files(CLI::App& verb);

/// Whether one of these outputs is stdout, where no other text may go then.
bool any_on_stdout(std::initializer_list<std::string> outputs);

}  // namespace kith::cli

// What may come next on a command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace kith::cli {

/// @param words  after "kith", the last being the one that is typed, "" at its beginning.
/// @return verbs, options, words that an option takes, models' and people's names that begin like it; empty where a file
///         may come.
std::vector<std::string> completions(const CLI::App& root, const std::vector<std::string>& words);

}  // namespace kith::cli

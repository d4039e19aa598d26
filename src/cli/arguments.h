// Command lines as people type them: the tutorial's underscores, misspelt verbs and options.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace kith::cli {

/// The arguments (without the program's name) with --image_size spelt --image-size. Nothing after "--" is
/// touched.
std::vector<std::string> with_dashes(std::vector<std::string> arguments);

/// @return what is wrong when a word stands where only a verb can, with the verb that was probably meant.
std::optional<std::string> unknown_verb(const CLI::App& root, const std::vector<std::string>& arguments);

/// The candidate that differs from `word` by at most two typing slips, or by less than a third of it; nullopt
/// for none.
std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& candidates);

/// What CLI11 complains about, in our words: with the option that was probably meant and where to look.
std::string usage_error(const CLI::App& root, const CLI::ParseError& error);

}  // namespace kith::cli

// Help screens and man pages, made from the tree of verbs, so that they cannot drift from it.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace kith::cli {

/// An option as people read it: help screens and man pages say the same.
struct OptionText {
  std::string names;        // "-o,--out FILE"; "RAW" for a positional
  std::string description;  // with range and default
};

/// The words that an option takes, where it takes only some (CLI::IsMember).
std::vector<std::string> choices_of(const CLI::Option& option);
OptionText describe(const CLI::Option& option);
/// The visible options under one heading, or (nullptr) the positionals; --help is left out.
std::vector<const CLI::Option*> options_of(const CLI::App& verb, const std::string* group);
/// The verbs below this one that are not hidden.
std::vector<const CLI::App*> verbs_below(const CLI::App& verb);
/// "kith people add [OPTIONS] NAME PHOTO..."
std::string usage(const CLI::App& verb, const std::string& command);
/// Words filled into lines of at most `width` characters, each line but the first after `indent` spaces.
std::string wrap(const std::string& text, std::size_t indent, std::size_t width = 80);

std::shared_ptr<CLI::FormatterBase> help_formatter();

/// The man page of `kith` or of one of its verbs (with the verbs below it), in man(7) macros.
std::string man_page(const CLI::App& root, const CLI::App& verb);

}  // namespace kith::cli

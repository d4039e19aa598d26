#include "cli/arguments.h"

#include <algorithm>

#include "cli/help.h"
#include "core/address.h"
#include "core/edit_distance.h"
#include "core/lower_case.h"

namespace kith::cli {
namespace {

const CLI::App& chosen_verb(const CLI::App& root, std::string& command) {
  const CLI::App* verb = &root;
  command = root.get_name();
  while (true) {
    const std::vector<CLI::App*> parsed = verb->get_subcommands();
    if (parsed.empty()) return *verb;
    verb = parsed.front();
    command += ' ' + verb->get_name();
  }
}

std::vector<std::string> long_names(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

}  // namespace

std::vector<std::string> with_dashes(std::vector<std::string> arguments) {
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    if (!argument.starts_with("--")) continue;
    const std::size_t end = std::min(argument.find('='), argument.size());
    std::replace(argument.begin(), argument.begin() + static_cast<std::ptrdiff_t>(end), '_', '-');
  }
  // The tutorial's commands give its flag a word: --detect_multiple_faces True.
  for (auto flag = arguments.begin();
       (flag = std::find(flag, arguments.end(), "--detect-multiple-faces")) != arguments.end(); ++flag) {
    const auto word = flag + 1;
    if (word == arguments.end() || (lower_case(*word) != "true" && lower_case(*word) != "false")) continue;
    *flag += "=" + lower_case(*word);
    arguments.erase(word);
  }
  return arguments;
}

std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t slips = candidate.starts_with(word) ? 1 : edit_distance(word, candidate);
    if (slips < least) {
      least = slips;
      best = candidate;
    }
  }
  return best;
}

std::optional<std::string> unknown_verb(const CLI::App& root, const std::vector<std::string>& arguments) {
  const CLI::App* verb = &root;
  std::string command = root.get_name();
  for (const std::string& word : arguments) {
    if (verb->get_require_subcommand_min() == 0 || word.starts_with("-")) return std::nullopt;
    const auto match =
        verb->get_subcommands([&](const CLI::App* below) { return below->get_name() == word; });
    if (!match.empty()) {
      verb = match.front();
      command += ' ' + word;
      continue;
    }
    std::vector<std::string> names;
    for (const CLI::App* below : verbs_below(*verb)) names.push_back(below->get_name());
    const auto meant = nearest(word, names);
    return "`" + command + "` has no verb '" + shown_address(word) + "'" +
           (meant ? ": did you mean `" + command + ' ' + *meant + "`?" : "") + "\nSee `" + command +
           " --help`.";
  }
  return std::nullopt;
}

std::string usage_error(const CLI::App& root, const CLI::ParseError& error) {
  std::string command;
  const CLI::App& verb = chosen_verb(root, command);
  std::string message = error.what();
  while (message.ends_with('\n')) message.pop_back();
  std::string hint;
  const std::vector<std::string> extras = verb.remaining();
  if (!extras.empty()) {
    message = shown_address(extras.front()) +
              (extras.front().starts_with("-") ? ": no such option" : ": one argument too many");
    if (extras.front().starts_with("--")) {
      const std::string name = extras.front().substr(0, extras.front().find('='));
      if (const auto meant = nearest(name, long_names(verb))) hint = ": did you mean " + *meant + "?";
    }
  } else if (message == "A subcommand is required") {
    message = "a verb is missing";
  } else if (message.ends_with(" is required")) {
    const std::string name = message.substr(0, message.find(' '));
    message = name + " is missing";
    for (const CLI::Option* option : verb.get_options()) {
      if (option->get_single_name() == name) message += ": " + option->get_description();
    }
  }
  return message + hint + "\nSee `" + command + " --help`.";
}

}  // namespace kith::cli

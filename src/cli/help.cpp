#include "cli/help.h"

#include <algorithm>
#include <sstream>

namespace kith::cli {
namespace {

constexpr std::size_t kDescriptionColumn = 26;

// CLI11 appends what validators say to the type: "PX:INT in [12 - 10000]".
std::string type_of(const CLI::Option& option) {
  std::string type = option.get_type_name();
  type = type.substr(0, type.find(':'));
  return type == "FLOAT" || type == "INT" || type == "UINT" ? "NUMBER" : type;
}

std::string range_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t in = type.find(" in [");
  const std::size_t dash = in == std::string::npos ? in : type.find(" - ", in);
  const std::size_t end = dash == std::string::npos ? dash : type.find(']', dash);
  if (end == std::string::npos) return "";
  return type.substr(in + 5, dash - in - 5) + " to " + type.substr(dash + 3, end - dash - 3);
}

class HelpFormatter final : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const override {
    std::ostringstream out;
    out << wrap(app->get_description(), 0) << "\n\nUsage: " << wrap(usage(*app, name), 7) << '\n';
    list(out, "", options_of(*app, nullptr));
    for (const std::string& group : app->get_groups()) {
      if (app->get_parent() == nullptr)
        break;  // --version: the footer names it, and the verbs need the screen
      if (!group.empty()) list(out, group + ":\n", options_of(*app, &group));
    }
    if (const auto verbs = verbs_below(*app); !verbs.empty()) {
      out << "\nVerbs:\n";
      for (const CLI::App* verb : verbs) {
        entry(out, verb->get_name(), verb->get_description(), 14);
      }
    }
    if (!app->get_footer().empty()) out << '\n' << app->get_footer() << '\n';
    return out.str();
  }

 private:
  static void list(std::ostream& out, const std::string& heading,
                   const std::vector<const CLI::Option*>& options) {
    if (options.empty()) return;
    out << '\n' << heading;
    for (const CLI::Option* option : options) {
      const auto [names, description] = describe(*option);
      entry(out, names, description, kDescriptionColumn);
    }
  }

  static void entry(std::ostream& out, const std::string& names, const std::string& description,
                    std::size_t column) {
    std::string line = "  " + names;
    if (line.size() + 2 > column) {
      out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
      line.clear();
    }
    line.resize(column, ' ');
    out << line << wrap(description, column) << '\n';
  }
};

}  // namespace

std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  std::vector<std::string> words;
  if (open == std::string::npos || close == std::string::npos) return words;
  std::istringstream in(type.substr(open + 1, close - open - 1));
  for (std::string word; std::getline(in, word, ',');) words.push_back(word);
  return words;
}

OptionText describe(const CLI::Option& option) {
  OptionText text;
  const bool takes_value = option.get_type_size() != 0;
  const std::vector<std::string> choices = choices_of(option);
  if (option.get_positional()) {
    text.names = option.get_name(true);
    if (option.get_expected_max() > 1) text.names += "...";
  } else {
    for (const std::string& name : option.get_snames())
      text.names += (text.names.empty() ? "-" : ",-") + name;
    for (const std::string& name : option.get_lnames())
      text.names += (text.names.empty() ? "--" : ",--") + name;
    if (takes_value && !text.names.empty()) text.names += ' ' + (choices.empty() ? type_of(option) : "WORD");
  }
  text.description = option.get_description();
  std::string notes;
  const auto note = [&](const std::string& what) {
    if (!what.empty()) notes += (notes.empty() ? "" : "; ") + what;
  };
  std::string words;
  for (const std::string& word : choices) words += (words.empty() ? "" : ", ") + word;
  note(words);
  note(range_of(option));
  if (takes_value && !option.get_default_str().empty() && option.get_default_str() != "[]" &&
      option.get_default_str() != "\"\"") {
    note("default " + option.get_default_str());
  }
  if (option.get_required() && !option.get_positional()) note("required");
  if (!notes.empty()) text.description += " [" + notes + "]";
  return text;
}

std::vector<const CLI::Option*> options_of(const CLI::App& verb, const std::string* group) {
  return verb.get_options([&](const CLI::Option* option) {
    if (option->get_group().empty()) return false;
    if (group == nullptr) return option->get_positional();
    return !option->get_positional() && option->get_group() == *group && option != verb.get_help_ptr();
  });
}

std::vector<const CLI::App*> verbs_below(const CLI::App& verb) {
  return verb.get_subcommands([](const CLI::App* below) { return !below->get_group().empty(); });
}

std::string usage(const CLI::App& verb, const std::string& command) {
  std::string text = command;
  if (!verbs_below(verb).empty()) text += verb.get_require_subcommand_min() > 0 ? " VERB" : " [VERB]";
  text += " [OPTIONS]";
  for (const CLI::Option* option : options_of(verb, nullptr)) {
    const std::string name = describe(*option).names;
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  return text;
}

std::string wrap(const std::string& text, std::size_t indent, std::size_t width) {
  std::istringstream words(text);
  std::string out;
  std::size_t column = indent;
  for (std::string word; words >> word;) {
    if (column > indent && column + 1 + word.size() > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace kith::cli

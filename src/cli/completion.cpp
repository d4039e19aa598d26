#include <iostream>
#include <map>
#include <sstream>

#include "cli/cli.h"
#include "cli/help.h"

namespace kith::cli {
namespace {

struct Words {
  std::string verbs;
  std::string options;
  std::map<std::string, std::string> choices;  // option -> the words it takes; empty: a number or free text
};

Words words_of(const CLI::App& verb) {
  Words words;
  for (const CLI::App* below : verbs_below(verb)) words.verbs += ' ' + below->get_name();
  for (const CLI::Option* option :
       verb.get_options([](const CLI::Option* o) { return o->nonpositional() && !o->get_group().empty(); })) {
    for (const std::string& name : option->get_lnames()) {
      words.options += " --" + name;
      if (option->get_type_size() == 0) continue;
      const std::string type = option->get_type_name();
      const std::size_t open = type.find('{');
      if (open != std::string::npos) {
        std::string choices = type.substr(open + 1, type.find('}') - open - 1);
        for (char& c : choices) c = c == ',' ? ' ' : c;
        words.choices["--" + name] = choices;
      }
    }
  }
  return words;
}

// One case a command line so far: its verbs and options, then what its options take.
void cases(std::ostream& out, const CLI::App& verb, const std::string& command) {
  const Words words = words_of(verb);
  out << "    '" << command << "') verbs='" << words.verbs << "' options='" << words.options << "'\n";
  for (const auto& [option, choices] : words.choices) {
    out << "      [[ $previous == '" << option << "' ]] && choices='" << choices << "'\n";
  }
  out << "      ;;\n";
  for (const CLI::App* below : verbs_below(verb)) cases(out, *below, command + ' ' + below->get_name());
}

void commands(std::ostream& out, const CLI::App& verb, const std::string& command) {
  out << '|' << command;
  for (const CLI::App* below : verbs_below(verb)) commands(out, *below, command + ' ' + below->get_name());
}

}  // namespace

std::string bash_completion(const CLI::App& root) {
  std::ostringstream out;
  out << "# bash completion for kith, made by `kith completion bash`\n"
         "_kith() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local command=kith word verbs= options= choices= commands='";
  commands(out, root, root.get_name());
  out << "|'\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    [[ $word != -* && $commands == *\"|$command $word|\"* ]] && command=\"$command $word\"\n"
         "  done\n"
         "  case $command in\n";
  cases(out, root, root.get_name());
  out << "  esac\n"
         "  if [[ -n $choices ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$choices\" -- \"$current\"))\n"
         "  elif [[ $current == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
         "  elif [[ -n $verbs ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$verbs\" -- \"$current\"))\n"
         "  else\n"
         "    compopt -o default 2>/dev/null\n"
         "    COMPREPLY=()\n"
         "  fi\n"
         "}\n"
         "complete -F _kith kith\n";
  return out.str();
}

void add_completion(Verbs& verbs) {
  CLI::App& verb =
      verbs.add("completion", "Print the completion script for a shell",
                "  source <(kith completion bash)      # this shell; now kith al<Tab> says align");
  auto shell = std::make_shared<std::string>("bash");
  verb.add_option("SHELL", *shell, "Which shell")->check(CLI::IsMember({"bash"}));
  verbs.on(verb, [&verbs, shell] {
    std::cout << bash_completion(verbs.root());
    return Exit::kDone;
  });
}

}  // namespace kith::cli

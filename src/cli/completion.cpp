#include <iostream>
#include <map>

#include "cli/cli.h"
#include "cli/complete.h"

namespace kith::cli {
namespace {

// Each asks `kith complete` for the words, and offers files where that has none.
constexpr const char* kBash = R"sh(# bash completion for kith, made by `kith completion bash`
_kith() {
  local IFS=$'\n'
  COMPREPLY=($(kith complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ ${COMPREPLY[*]} != *' '* ]] || COMPREPLY=($(printf '%q\n' "${COMPREPLY[@]}"))
}
complete -o default -F _kith kith
)sh";

constexpr const char* kZsh = R"sh(#compdef kith
# zsh completion for kith, made by `kith completion zsh`
_kith() {
  local -a offered
  offered=("${(@f)$(kith complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n ${offered[1]} ]]; then compadd -a offered; else _files; fi
}
compdef _kith kith
)sh";

constexpr const char* kFish = R"sh(# fish completion for kith, made by `kith completion fish`
function __kith_offered
  set -l offered (kith complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $offered) -gt 0
    printf '%s\n' $offered
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c kith -f -a '(__kith_offered)'
)sh";

const std::map<std::string, const char*> kScripts{{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}};

}  // namespace

void add_completion(Verbs& verbs) {
  CLI::App& verb =
      verbs.add("completion", "Print the completion script for a shell",
                "  source <(kith completion bash)      # this shell; now kith al<Tab> says align\n"
                "  kith completion fish >~/.config/fish/completions/kith.fish");
  auto shell = std::make_shared<std::string>("bash");
  verb.add_option("SHELL", *shell, "Which shell")->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verbs.on(verb, [shell] {
    std::cout << kScripts.at(*shell);
    return Exit::kDone;
  });
  CLI::App& complete = verbs.add("complete", "Print what may come next on a command line, a word a line", "");
  complete.group("")->prefix_command();  // for the scripts; what follows is not parsed
  verbs.on(complete, [&verbs, &complete] {
    for (const std::string& word : completions(verbs.root(), complete.remaining())) std::cout << word << '\n';
    return Exit::kDone;
  });
}

}  // namespace kith::cli

#include <kith/error.h>

#include <iostream>

#include "cli/cli.h"
#include "cli/help.h"
#include "core/files.h"

namespace kith::cli {
namespace {

struct HelpOptions {
  std::vector<std::string> verb;
  bool man = false;
  std::string man_dir;
};

const CLI::App& find(const CLI::App& root, const std::vector<std::string>& names) {
  const CLI::App* verb = &root;
  std::string command = root.get_name();
  for (const std::string& name : names) {
    const auto below = verb->get_subcommands([&](const CLI::App* app) { return app->get_name() == name; });
    if (below.empty()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "`" + command + "` has no verb '" + name + "' (`" + command + " --help`)");
    }
    verb = below.front();
    command += ' ' + name;
  }
  return *verb;
}

// One page a verb, kith.1 and kith-VERB.1: what the build installs.
void write_pages(const CLI::App& root, const std::filesystem::path& folder) {
  write_file(folder / "kith.1", man_page(root, root));
  for (const CLI::App* verb : verbs_below(root)) {
    write_file(folder / ("kith-" + verb->get_name() + ".1"), man_page(root, *verb));
  }
}

}  // namespace

void add_help(Verbs& verbs) {
  CLI::App& verb = verbs.add("help", "Show the help of a verb", "  kith help people add");
  verb.group("");  // `kith VERB --help` is what people are told
  auto options = std::make_shared<HelpOptions>();
  verb.add_option("VERB", options->verb, "Which verb");
  verb.add_flag("--man", options->man, "As a man page");
  verb.add_option("--man-dir", options->man_dir, "Write all man pages into this folder")->type_name("DIR");
  verbs.on(verb, [&verbs, options] {
    const CLI::App& root = verbs.root();
    if (!options->man_dir.empty()) {
      write_pages(root, options->man_dir);
      return Exit::kDone;
    }
    const CLI::App& about = find(root, options->verb);
    if (options->man) {
      std::cout << man_page(root, about);
    } else {
      std::string command = root.get_name();
      for (const std::string& name : options->verb) command += ' ' + name;
      std::cout << help_formatter()->make_help(&about, command, CLI::AppFormatMode::Normal);
    }
    return Exit::kDone;
  });
}

}  // namespace kith::cli

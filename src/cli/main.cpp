#include <kith/error.h>

#include <iostream>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/heap.h"
#include "cli/help.h"
#include "cli/progress.h"
#include "cli/signals.h"

namespace kith::cli {

std::atomic<bool> interrupted = false;

void complain(const std::string& message) {
  Progress::clear_line();
  std::cerr << "kith: " << message << '\n';
}

namespace {

constexpr const char* kExample =
    "Example:\n"
    "  kith train photos/       # one folder a person -> people.kith\n"
    "  kith recognize film.mp4 --out named.mp4\n"
    "`kith VERB --help` says more about a verb, `kith --version` which Kith this is.";

// In the order in which people need them.
void add_verbs(Verbs& verbs) {
  add_recognize(verbs);
  add_train(verbs);
  add_people(verbs);
  add_cluster(verbs);
  add_name(verbs);
  add_forget(verbs);
  add_classify(verbs);
  add_align(verbs);
  add_detect(verbs);
  add_embed(verbs);
  add_verify(verbs);
  add_evaluate(verbs);
  add_model(verbs);
  add_completion(verbs);
  add_help(verbs);
}

Exit run(const std::vector<std::string>& arguments) {
  CLI::App app("Recognises the people you know in photos, video files and cameras.", "kith");
  app.set_version_flag("--version", std::string("kith ") + KITH_VERSION, "Print the version");
  app.formatter(help_formatter());
  app.footer(kExample);
  app.require_subcommand(1);
  Verbs verbs(app);
  add_verbs(verbs);
  if (arguments.empty()) {
    std::cerr << app.help();
    return Exit::kUsage;
  }
  if (const auto mistake = unknown_verb(app, arguments)) {
    complain(*mistake);
    return Exit::kUsage;
  }
  try {
    app.parse(
        std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the back
  } catch (const CLI::Success& e) {                                       // --help, --version
    app.exit(e);
    return Exit::kDone;
  } catch (const CLI::ParseError& e) {
    complain(usage_error(app, e));
    return Exit::kUsage;
  }
  return verbs.chosen()();
}

}  // namespace
}  // namespace kith::cli

int main(int argc, char** argv) {
  using kith::cli::Exit;
  kith::cli::use_large_pages();
  kith::cli::watch_signals();
  Exit code = Exit::kFailed;
  try {
    code = kith::cli::run(kith::cli::with_dashes({argv + 1, argv + argc}));
  } catch (const kith::Error& e) {
    kith::cli::complain(e.what());
    if (e.code() == kith::ErrorCode::kInvalidArgument) code = Exit::kUsage;
  } catch (const std::exception& e) {
    kith::cli::complain(std::string("internal error: ") + e.what() + " (please report it)");
  }
  return static_cast<int>(code);
}

#include <csignal>
#include <iostream>
#include <kith/error.h>

#include "cli/cli.h"
#include "cli/progress.h"

namespace kith::cli {

std::atomic<bool> interrupted = false;

void complain(const std::string& message) {
  Progress::clear_line();
  std::cerr << "kith: " << message << '\n';
}

namespace {

// The first Ctrl-C ends the verb in good order, the second ends it at once.
void on_signal(int) {
  if (interrupted.exchange(true)) std::_Exit(static_cast<int>(Exit::kInterrupted));
}

Exit run(int argc, char** argv) {
  CLI::App app("Recognises the people you know in photos, video files and cameras.", "kith");
  app.set_version_flag("--version", KITH_VERSION);
  app.require_subcommand(1);
  Verbs verbs(app);
  add_model(verbs);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? Exit::kDone : Exit::kUsage;
  }
  return verbs.chosen()();
}

}  // namespace
}  // namespace kith::cli

int main(int argc, char** argv) {
  using kith::cli::Exit;
  std::signal(SIGINT, kith::cli::on_signal);
  std::signal(SIGTERM, kith::cli::on_signal);
  std::signal(SIGPIPE, SIG_IGN);
  Exit code = Exit::kFailed;
  try {
    code = kith::cli::run(argc, argv);
  } catch (const kith::Error& e) {
    kith::cli::complain(e.what());
    if (e.code() == kith::ErrorCode::kInvalidArgument) code = Exit::kUsage;
  } catch (const std::exception& e) {
    kith::cli::complain(std::string("internal error: ") + e.what() + " (please report it)");
  }
  return static_cast<int>(code);
}

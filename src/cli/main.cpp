#include <kith/error.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "cli/advice.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/heap.h"
#include "cli/help.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "core/foreign_error.h"

namespace kith::cli {

std::atomic<bool> interrupted = false;
std::atomic<bool> reader_gone = false;

void complain(const std::string& message) {
  if (reader_gone) return;  // `kith ... | head -1` has what it wants
  Progress::clear_line();
  std::cerr << "kith: " << with_advice(message) << '\n';
}

void complain(const std::string& source, const std::string& why) {
  complain(why.starts_with(source) ? why : source + ": " + why);
}

namespace {

constexpr const char* kExample =
    "Example:\n"
    "  kith train photos/ && kith recognize film.mp4 --out named.mp4\n"
    "`kith VERB --help` says more about a verb, `kith --version` which Kith this is.";

// Nobody reads stdout any more: the verb ends as after Ctrl-C, so that its files are whole. Other pipes and sockets
// that break are errors where they are written to.
void on_broken_pipe(int) {
  const int before = errno;
  pollfd out{STDOUT_FILENO, 0, 0};
  if (::poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0) reader_gone = interrupted = true;
  errno = before;
}

// What was printed has arrived, not only been kept by a stream. @return why not, or nothing.
std::string stdout_fault() {
  errno = 0;
  std::cout.flush();
  const bool failed = std::fflush(stdout) != 0;
  if (!failed && std::cout && std::ferror(stdout) == 0) return {};
  return errno != 0 ? std::strerror(errno) : "not all of it was taken";
}

// In the order in which people need them.
void add_verbs(Verbs& verbs) {
  add_recognize(verbs);
  add_train(verbs);
  add_people(verbs);
  add_cluster(verbs);
  add_name(verbs);
  add_forget(verbs);
  add_serve(verbs);
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
  app.set_version_flag("--version", std::string("kith ") + version(), "Print the version");
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
  std::signal(SIGPIPE, kith::cli::on_broken_pipe);
  std::signal(SIGXFSZ, SIG_IGN);  // `ulimit -f`: then writing fails as on a full disk, and is said
  Exit code = Exit::kFailed;
  try {
    code = kith::cli::run(kith::cli::with_dashes({argv + 1, argv + argc}));
  } catch (const kith::Error& e) {
    kith::cli::complain(e.what());
    // Once work has begun it is not the command line that is wrong.
    if (e.code() == kith::ErrorCode::kInvalidArgument && !kith::cli::Progress::has_begun())
      code = Exit::kUsage;
  } catch (const std::filesystem::filesystem_error& e) {
    kith::cli::complain(kith::describe(e));
  } catch (const std::exception& e) {
    kith::cli::complain(std::string("internal error: ") + e.what() + " (please report it)");
  }
  const std::string fault = kith::cli::stdout_fault();
  if (kith::cli::reader_gone) return static_cast<int>(Exit::kReaderGone);
  if (!fault.empty() && code != Exit::kFailed) {  // else it has been said
    kith::cli::complain("stdout: cannot be written: " + fault);
    code = Exit::kFailed;
  }
  return static_cast<int>(code);
}

#include "cli/signals.h"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "cli/cli.h"
#include "core/process.h"

namespace kith::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kSameRequest = std::chrono::milliseconds(500);
constexpr auto kPatience = std::chrono::milliseconds(800);
constexpr auto kLongestPatience = std::chrono::seconds(10);
std::atomic<bool> outputs_first = false;

[[noreturn]] void end_now() {
  end_running_programs();
  std::_Exit(static_cast<int>(Exit::kInterrupted));
}

void watch(sigset_t signals) {
  int signal = 0;
  if (::sigwait(&signals, &signal) != 0) return;
  interrupted = true;
  const Clock::time_point asked = Clock::now();
  while (true) {
    constexpr timespec kSlice{0, 20'000'000};
    const bool again = ::sigtimedwait(&signals, nullptr, &kSlice) > 0;
    const Clock::duration since = Clock::now() - asked;
    if (again && since > kSameRequest) end_now();
    if (since < (outputs_first ? Clock::duration(kLongestPatience) : kPatience)) continue;
    complain("interrupted");
    end_now();
  }
}

}  // namespace

void watch_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (signal == SIGHUP && before.sa_handler == SIG_IGN) continue;  // nohup
    ::signal(
        signal,
        SIG_DFL);  // a shell that does not ask lets those in the background ignore Ctrl-C: kill -INT is heard
    ::sigaddset(&signals, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(watch, signals).detach();
}

void finish_outputs_first() { outputs_first = true; }

}  // namespace kith::cli

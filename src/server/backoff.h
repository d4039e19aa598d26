// Backoff: whoever fails again and again is heard less and less often.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace kith::server {

/// Thread-safe. Times are the caller's, so that tests need not wait.
class Backoff {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int kFree = 5;  // failures that cost nothing: a mistyped key
  static constexpr std::chrono::seconds kLongest{60};

  /// How long this address has to wait yet; 0: not at all.
  std::chrono::seconds wait(const std::string& address, Clock::time_point now = Clock::now());
  /// Each failure beyond kFree doubles the wait, from 1 s. Forgotten after ten minutes without one.
  void fail(const std::string& address, Clock::time_point now = Clock::now());
  void succeed(const std::string& address);

 private:
  struct Failures {
    int count = 0;
    Clock::time_point last, until;
  };
  void forget_old(Clock::time_point now);
  std::mutex mutex_;
  std::map<std::string, Failures> failures_;
};

}  // namespace kith::server

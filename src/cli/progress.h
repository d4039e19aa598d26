// Progress: one line on stderr with how far a long job is, its rate and the time left. Silent unless stderr
// is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace kith::cli {

/// "photos 412/5000  8%  [##----]  31.2/s  2m27s left", at most `columns` characters.
/// @param total   0 = not known: no percentage, bar or time left.
/// @param rate    items a second, 0 = not known yet.
std::string progress_line(const std::string& what, std::int64_t done, std::int64_t total, double rate,
                          int columns);

/// -q: results and errors only; no progress, summary or advice. Set before a verb's action runs.
extern bool quiet;

/// Draws while it lives and takes its line away when it goes. Thread-safe. One at a time.
class Progress {
 public:
  /// @param what  what is counted, plural: "photos", "frames".
  explicit Progress(std::string what, std::int64_t total = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// @param done   how many so far, not how many more.
  /// @param total  a better estimate; 0 keeps the present one.
  void update(std::int64_t done, std::int64_t total = 0);
  /// Takes the line away for a moment, so that a message does not land in the middle of it (complain() does
  /// this).
  static void clear_line();
  /// Whether any was reported so far, shown or not: work has begun.
  static bool has_begun();

 private:
  using Clock = std::chrono::steady_clock;
  double rate(Clock::time_point now, std::int64_t done);

  std::string what_;
  std::int64_t total_;
  bool terminal_;
  std::mutex mutex_;
  Clock::time_point drawn_{};
  std::deque<std::pair<Clock::time_point, std::int64_t>> recent_;  // the last seconds, for the rate
};

}  // namespace kith::cli

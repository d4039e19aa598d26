#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>

namespace kith::cli {
namespace {

// Whether a progress line is on the terminal now.
std::atomic<bool> shown = false;
std::atomic<bool> begun = false;

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kRateWindow = std::chrono::seconds(10);
constexpr int kBarColumns = 20;

std::string duration(double seconds) {
  const auto s = static_cast<std::int64_t>(std::ceil(seconds));
  char text[48];
  if (s >= 3600) {
    std::snprintf(text, sizeof text, "%lldh%02lldm", static_cast<long long>(s / 3600),
                  static_cast<long long>(s / 60 % 60));
  } else if (s >= 60) {
    std::snprintf(text, sizeof text, "%lldm%02llds", static_cast<long long>(s / 60),
                  static_cast<long long>(s % 60));
  } else {
    std::snprintf(text, sizeof text, "%llds", static_cast<long long>(s));
  }
  return text;
}

int terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(const std::string& what, std::int64_t done, std::int64_t total, double rate,
                          int columns) {
  std::string line = what + ' ' + std::to_string(done);
  std::string bar;
  if (total > 0) {
    const double share = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
    line += '/' + std::to_string(total) + "  " + std::to_string(static_cast<int>(100 * share)) + '%';
    const int filled = static_cast<int>(kBarColumns * share);
    bar = "  [" + std::string(filled, '#') + std::string(kBarColumns - filled, '-') + ']';
  }
  std::string tail;
  if (rate > 0) {
    char text[32];
    std::snprintf(text, sizeof text, rate < 10 ? "  %.1f/s" : "  %.0f/s", rate);
    tail = text;
    if (total > done) tail += "  " + duration(static_cast<double>(total - done) / rate) + " left";
  }
  const auto width = static_cast<std::size_t>(std::max(columns, 0));
  if (line.size() + bar.size() + tail.size() > width) bar.clear();
  line += bar + tail;
  return line.substr(0, width);
}

bool quiet = false;

Progress::Progress(std::string what, std::int64_t total)
    : what_(std::move(what)), total_(total), terminal_(!quiet && ::isatty(STDERR_FILENO) == 1) {
  recent_.emplace_back(Clock::now(), 0);
}

Progress::~Progress() { clear_line(); }

void Progress::clear_line() {
  if (shown.exchange(false)) std::fputs("\r\033[K", stderr);
}

double Progress::rate(Clock::time_point now, std::int64_t done) {
  recent_.emplace_back(now, done);
  while (recent_.size() > 2 && now - recent_.front().first > kRateWindow) recent_.pop_front();
  const double seconds = std::chrono::duration<double>(now - recent_.front().first).count();
  return seconds > 0.5 ? static_cast<double>(done - recent_.front().second) / seconds : 0;
}

bool Progress::has_begun() { return begun; }

void Progress::update(std::int64_t done, std::int64_t total) {
  begun = true;
  if (!terminal_) return;
  const std::scoped_lock lock(mutex_);
  if (total > 0) total_ = total;
  const Clock::time_point now = Clock::now();
  if (now - drawn_ < kRedraw && done != total_) return;
  drawn_ = now;
  const std::string line = progress_line(what_, done, total_, rate(now, done), terminal_columns() - 1);
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  std::fflush(stderr);
  shown = true;
}

}  // namespace kith::cli

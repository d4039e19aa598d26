// Ending: how a run ends before its source does, within a moment and with outputs that agree.
#pragma once

#include <kith/frame.h>

#include <atomic>
#include <chrono>
#include <optional>

#include "recognise/labels.h"

namespace kith {

/// The caller's stop, or the sink's. asked() may be called from any thread, the rest from one.
class Ending {
 public:
  Ending(FrameSource& source, const std::atomic<bool>& stop) : source_(source), stop_(stop) {}
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  /// The sink wants no more.
  void ask() {
    if (!by_sink_.exchange(true)) source_.stop();
  }
  bool by_sink() const { return by_sink_; }
  bool asked() const { return stop_ || by_sink_; }
  /// What a stage makes; nothing once the end was asked for, also while it was made.
  template <typename Make>
  auto unless_asked(Make make) const -> decltype(make()) {
    if (asked()) return std::nullopt;
    auto item = make();
    if (asked()) return std::nullopt;
    return item;
  }
  /// Whether there is no time left for frames that were held back and need their pictures decoded once more: all outputs
  /// then end at the same frame.
  bool is_late() {
    constexpr auto kGrace = std::chrono::milliseconds(400);
    if (!asked()) return false;
    if (!since_) since_ = Clock::now();
    return Clock::now() - *since_ > kGrace;
  }

 private:
  using Clock = std::chrono::steady_clock;
  FrameSource& source_;
  const std::atomic<bool>& stop_;
  std::atomic<bool> by_sink_ = false;
  std::optional<Clock::time_point> since_;
};

/// However a run ends, it does not wait for a camera that is silent.
class StopAtExit {
 public:
  explicit StopAtExit(FrameSource& source) : source_(source) {}
  ~StopAtExit() { source_.stop(); }
  StopAtExit(const StopAtExit&) = delete;
  StopAtExit& operator=(const StopAtExit&) = delete;

 private:
  FrameSource& source_;
};

/// A frame, or a track that begins after the last frame that was written.
inline bool is_later(const Labelled& item, std::optional<double> written_ms) {
  return item.frame || (item.track && (!written_ms || item.track->first_ms > *written_ms));
}

}  // namespace kith

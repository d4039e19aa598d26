// SrtCues: who is seen when -> SubRip cues, one for every stretch of time with the same people; and a name taken out of
// such cues.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace kith {

/// Not thread-safe. Cues come as they are sure: up to half a second after the moment that ends them.
class SrtCues {
 public:
  /// @param frame_ms  how long the last moment is shown. @param write  takes a cue with its number, times and blank line.
  SrtCues(double frame_ms, std::function<void(const std::string& cue)> write)
      : frame_ms_(frame_ms), write_(std::move(write)) {}

  /// @param time_ms  not before the last one.
  void add(double time_ms, std::set<std::string> names);
  /// The cues that are left. Called once, at the end.
  void finish();

 private:
  struct Moment {
    double time_ms = 0;
    std::set<std::string> names;
  };
  void bridge(const std::string& name, double now_ms);
  void settle();
  void close_cue(double end_ms);

  double frame_ms_;
  std::function<void(const std::string&)> write_;
  std::deque<Moment> pending_;  // names may still be bridged into them
  std::map<std::string, double> last_seen_ms_;
  std::set<std::string> shown_;
  double shown_from_ms_ = 0;
  int cues_ = 0;
};

/// The subtitles without a person: from lines of several names the one goes, cues with nobody left go, and neighbours that
/// have become the same are one. Whatever else the file holds stays as it is.
/// @param cues  counts those that had the name.
std::string srt_without(const std::string& text, const std::string& name, std::int64_t& cues);

}  // namespace kith

// Subtitles: a cue for every stretch of time with the same people on screen.
#include <kith/error.h>
#include <kith/sink.h>

#include <cmath>
#include <cstdio>
#include <deque>
#include <map>
#include <set>

#include "core/line_file.h"

namespace kith {
namespace {

// A name that is away for less than this was there all the time: a missed frame must not make the subtitle
// blink.
constexpr double kBridge_ms = 500;

std::string clock(double time_ms) {
  const long long all = std::llround(std::max(time_ms, 0.0));
  char text[64];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld,%03lld", all / 3600000, all / 60000 % 60,
                all / 1000 % 60, all % 1000);
  return text;
}

// '_' stands for a space in folder names; line breaks would end the cue.
std::string readable(std::string name) {
  for (char& c : name) {
    if (c == '_' || c == '\n' || c == '\r') c = ' ';
  }
  return name;
}

class SrtSink final : public Sink {
 public:
  explicit SrtSink(const std::filesystem::path& path)
      : path_(path), file_(path, LineFile::Mode::kGrow, Access::kShared) {}

  void begin(const SourceInfo& source) override {
    if (source.kind == SourceKind::kPhoto || source.kind == SourceKind::kFolder) {
      throw Error(ErrorCode::kInvalidArgument,
                  path_.string() + ": subtitles need a video or a camera, " + source.name + " is neither");
    }
    if (begun_) {
      throw Error(ErrorCode::kInvalidArgument,
                  path_.string() + ": subtitles are for one video: name one input");
    }
    begun_ = true;
    frame_ms_ = source.fps > 0 ? 1000 / source.fps : 40;
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) return;
    Moment now{frame.time_ms, {}};
    for (const RecognizedFace& face : faces) {
      if (face.identity.name) now.names.insert(*face.identity.name);
    }
    for (const std::string& name : now.names) bridge(name, frame.time_ms);
    pending_.push_back(std::move(now));
    while (pending_.front().time_ms < frame.time_ms - kBridge_ms) settle();
  }

  bool wants_pictures() const override { return false; }

  void finish(const Summary&) override {
    const double end = pending_.empty() ? shown_from_ms_ : pending_.back().time_ms + frame_ms_;
    while (!pending_.empty()) settle();
    close_cue(end);
    shown_.clear();
    file_.finish();
  }

 private:
  struct Moment {
    double time_ms = 0;
    std::set<std::string> names;
  };

  void bridge(const std::string& name, double now_ms) {
    const auto seen = last_seen_ms_.find(name);
    if (seen != last_seen_ms_.end() && now_ms - seen->second <= kBridge_ms) {
      for (Moment& moment : pending_) {
        if (moment.time_ms > seen->second) moment.names.insert(name);
      }
    }
    last_seen_ms_[name] = now_ms;
  }

  void settle() {
    Moment moment = std::move(pending_.front());
    pending_.pop_front();
    if (moment.names == shown_) return;
    close_cue(moment.time_ms);
    shown_ = std::move(moment.names);
    shown_from_ms_ = moment.time_ms;
  }

  void close_cue(double end_ms) {
    if (shown_.empty()) return;
    std::string line;
    for (const std::string& name : shown_) line += (line.empty() ? "" : ", ") + readable(name);
    file_.write(std::to_string(++cues_) + "\r\n" + clock(shown_from_ms_) + " --> " + clock(end_ms) + "\r\n" +
                line + "\r\n\r\n");
  }

  std::filesystem::path path_;
  LineFile file_;
  double frame_ms_ = 40;
  bool begun_ = false;
  std::deque<Moment> pending_;  // not older than kBridge_ms: names may still be bridged into them
  std::map<std::string, double> last_seen_ms_;
  std::set<std::string> shown_;
  double shown_from_ms_ = 0;
  int cues_ = 0;
};

}  // namespace

std::unique_ptr<Sink> make_srt_sink(const std::filesystem::path& path) {
  return std::make_unique<SrtSink>(path);
}

}  // namespace kith

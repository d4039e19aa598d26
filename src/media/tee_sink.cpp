// Several outputs at once.
#include <kith/sink.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace kith {
namespace {

class TeeSink final : public Sink {
 public:
  explicit TeeSink(std::vector<std::unique_ptr<Sink>> sinks) : sinks_(std::move(sinks)) {}
  void begin(const SourceInfo& source) override {
    for (const auto& sink : sinks_) sink->begin(source);
  }
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    for (const auto& sink : sinks_) sink->write(frame, faces);
  }
  void track(const TrackReport& report) override {
    for (const auto& sink : sinks_) sink->track(report);
  }
  void progress(std::int64_t frames) override {
    for (const auto& sink : sinks_) sink->progress(frames);
  }
  void idle() override {
    for (const auto& sink : sinks_) sink->idle();
  }
  void finish(const Summary& summary) override {
    std::exception_ptr first;
    for (const auto& sink : sinks_) {
      try {
        sink->finish(summary);
      } catch (...) {
        if (!first) first = std::current_exception();
      }
    }
    if (first) std::rethrow_exception(first);
  }
  bool wants_stop() const override { return any(&Sink::wants_stop); }
  bool wants_pictures() const override { return any(&Sink::wants_pictures); }
  bool is_live() const override { return any(&Sink::is_live); }

 private:
  bool any(bool (Sink::*asks)() const) const {
    return std::any_of(sinks_.begin(), sinks_.end(), [asks](const auto& sink) { return (*sink.*asks)(); });
  }

  std::vector<std::unique_ptr<Sink>> sinks_;
};

}  // namespace

std::unique_ptr<Sink> make_tee_sink(std::vector<std::unique_ptr<Sink>> sinks) {
  return std::make_unique<TeeSink>(std::move(sinks));
}

}  // namespace kith

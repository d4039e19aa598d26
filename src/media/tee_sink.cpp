// Several outputs at once.
#include <kith/sink.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace kith {
namespace {

class TeeSink final : public Sink {
 public:
  TeeSink(std::vector<std::unique_ptr<Sink>> sinks, std::function<void(const Error&)> failed)
      : failed_(std::move(failed)) {
    for (std::unique_ptr<Sink>& sink : sinks) outputs_.push_back({std::move(sink)});
  }
  void begin(const SourceInfo& source) override {
    for (Output& output : outputs_) output.failed = output.failed && !output.sink->begins_anew(false);
    each([&](Sink& sink) { sink.begin(source); });
  }
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    for (Output& output : outputs_) output.failed = output.failed && !output.sink->begins_anew(true);
    each([&](Sink& sink) { sink.write(frame, faces); });
  }
  void track(const TrackReport& report) override {
    each([&](Sink& sink) { sink.track(report); });
  }
  void progress(std::int64_t frames) override {
    each([&](Sink& sink) { sink.progress(frames); });
  }
  void idle() override {
    each([](Sink& sink) { sink.idle(); });
  }
  void finish(const Summary& summary) override {
    std::exception_ptr first;
    for (Output& output : outputs_) {
      try {
        call(output, [&](Sink& sink) { sink.finish(summary); });
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
  struct Output {
    std::unique_ptr<Sink> sink;
    bool failed = false;
  };

  template <typename Call>
  void call(Output& output, const Call& what) {
    if (output.failed) return;
    try {
      what(*output.sink);
    } catch (const Error& error) {
      if (!failed_ || error.code() == ErrorCode::kInvalidArgument) throw;
      output.failed = true;
      failed_(error);
    }
  }
  template <typename Call>
  void each(const Call& what) {
    for (Output& output : outputs_) call(output, what);
  }
  bool any(bool (Sink::*asks)() const) const {
    return std::any_of(outputs_.begin(), outputs_.end(),
                       [asks](const Output& output) { return !output.failed && (*output.sink.*asks)(); });
  }

  std::vector<Output> outputs_;
  std::function<void(const Error&)> failed_;
};

}  // namespace

std::unique_ptr<Sink> make_tee_sink(std::vector<std::unique_ptr<Sink>> sinks,
                                    std::function<void(const Error&)> failed) {
  return std::make_unique<TeeSink>(std::move(sinks), std::move(failed));
}

}  // namespace kith

#include "cli/inputs.h"

#include <kith/error.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/progress.h"
#include "core/json_lines.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

class InputRun {
 public:
  InputRun(const std::string& json, const InputActions& actions) : actions_(actions), text_(json != "-") {
    if (!json.empty()) lines_.emplace(json, JsonLines::Mode::kGrow);
  }

  void read(const std::string& input) {
    std::unique_ptr<FrameSource> source;
    try {
      SourceOptions options;
      options.stop = &interrupted;
      source = FrameSource::open(input, options);
      actions_.begin(source->info());
    } catch (const Error& e) {
      if (!interrupted) fail(input, e.what());
      return;
    }
    expected_ += source->info().frames;
    const bool moving =
        source->info().kind == SourceKind::kVideo || source->info().kind == SourceKind::kCamera;
    while (!interrupted) {
      const std::optional<Frame> frame = source->next();
      if (!frame) break;
      answer(*frame, moving);
      progress_.update(pictures_, expected_);
    }
  }

  Exit finish() {
    if (lines_) lines_->finish();
    Progress::clear_line();
    if (failed_ > 0) complain(std::to_string(failed_) + " of " + std::to_string(pictures_) + " failed");
    if (interrupted) return Exit::kInterrupted;
    return failed_ > 0 ? Exit::kFailed : Exit::kDone;
  }

 private:
  void answer(const Frame& frame, bool moving) {
    if (frame.failure) return fail(frame.source, *frame.failure);
    Answer answer;
    try {
      answer = actions_.answer(frame);
    } catch (const Error& e) {
      // A full disk or a lost device ends the run; a picture that cannot be processed does not.
      if (e.code() == ErrorCode::kIo) throw;
      return fail(frame.source, e.what());
    }
    ++pictures_;
    if (lines_) {
      Json line{{"source", frame.source}};
      if (moving) line.update({{"frame", frame.index}, {"time_ms", frame.time_ms}});
      line.update(answer.json);
      lines_->write(line);
    }
    if (!text_) return;
    Progress::clear_line();
    std::cout << answer.text << '\n';
  }

  void fail(const std::string& source, const std::string& why) {
    ++pictures_;
    ++failed_;
    complain(why.starts_with(source) ? why : source + ": " + why);
    if (lines_) lines_->write({{"source", source}, {"error", why}});
  }

  const InputActions& actions_;
  bool text_;
  std::optional<JsonLines> lines_;
  Progress progress_{"pictures"};
  std::int64_t expected_ = 0;
  std::int64_t pictures_ = 0;
  std::int64_t failed_ = 0;
};

}  // namespace

Exit answer_each(const std::vector<std::string>& inputs, const std::string& json,
                 const InputActions& actions) {
  InputRun run(json, actions);
  for (const std::string& input : inputs) {
    if (!interrupted) run.read(input);
  }
  return run.finish();
}

void add_inputs(CLI::App& verb, std::vector<std::string>& inputs) {
  verb.add_option("INPUT", inputs, "Photos, folders (searched recursively), video files")->required();
}

Json box_json(const cv::Rect2f& box) { return {box.x, box.y, box.width, box.height}; }

}  // namespace kith::cli

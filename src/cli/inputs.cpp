#include "cli/inputs.h"

#include <kith/error.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/progress.h"
#include "cli/signals.h"
#include "core/address.h"
#include "core/result_lines.h"
#include "core/rounding.h"
#include "photos/chips_manifest.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

class InputRun {
 public:
  InputRun(const std::string& json, const InputActions& actions)
      : actions_(actions), text_(json != "-"), lines_(json, actions.made_by, JsonLines::Mode::kGrow) {}

  /// @param found_in  the folder of which the input is a film; else empty.
  void read(const std::string& input, const std::string& found_in = {}) {
    std::unique_ptr<FrameSource> source;
    try {
      SourceOptions options = actions_.reading;
      options.found_in = found_in;
      source = FrameSource::open(input, options);
      actions_.begin(source->info());
    } catch (const Error& e) {
      if (!interrupted) fail(shown_address(input), e.what());
      return;
    }
    const SourceInfo& info = source->info();
    if (!info.passed_over.empty()) complain(input + ": passed over " + info.passed_over);
    expected_ += info.frames;
    const bool moving = is_moving(info.kind);
    while (!interrupted) {
      const std::optional<Frame> frame = next(*source);
      if (!frame) break;
      answer(*frame, moving);
      progress_.update(pictures_, expected_);
    }
    for (const std::string& film : info.films) {
      if (!interrupted) read(film, input);
    }
  }

  Exit finish() {
    Progress::clear_line();
    lines_.finish({{"pictures", pictures_ - failed_}}, interrupted);
    if (failed_ > 0) complain(std::to_string(failed_) + " of " + std::to_string(pictures_) + " failed");
    if (interrupted) return Exit::kInterrupted;
    return failed_ > 0 ? Exit::kFailed : Exit::kDone;
  }

 private:
  // A camera that was lost for good ends its own input only.
  std::optional<Frame> next(FrameSource& source) {
    try {
      return source.next();
    } catch (const Error& e) {
      fail(source.info().name, e.what());
      return std::nullopt;
    }
  }

  void answer(const Frame& frame, bool moving) {
    finish_outputs_first();
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
    Json line{{"source", frame.source}};
    if (moving) line.update({{"frame", frame.index}, {"time_ms", rounded_ms(frame.time_ms)}});
    line.update(answer.json);
    lines_.write(line);
    if (!text_) return;
    Progress::clear_line();
    std::cout << answer.text << std::endl;  // at once, for who reads along
  }

  void fail(const std::string& source, const std::string& why) {
    ++pictures_;
    ++failed_;
    complain(source, why);
    lines_.fail(source, why);
  }

  const InputActions& actions_;
  bool text_;
  ResultLines lines_;
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

void say_passed_over(const std::vector<std::string>& inputs, bool films) {
  for (const std::string& input : inputs) {
    std::error_code ignored;
    const bool chips =
        std::filesystem::exists(manifest_path(input), ignored);  // what else lies there is align's own
    if (chips || !std::filesystem::is_directory(input, ignored)) continue;
    const std::string words = list_photos(input).passed_over_in_words(films);
    if (!words.empty()) complain(input + ": passed over " + words);
  }
}

void add_inputs(CLI::App& verb, std::vector<std::string>& inputs) {
  verb.add_option("INPUT", inputs, "Photos, folders (searched recursively), video files")
      ->required()
      ->check(reads_each());
}

}  // namespace kith::cli

// Inputs of detect and embed: several photos, folders, videos; each picture gets an answer, each failure a
// line.
#pragma once

#include <kith/frame.h>
#include <kith/run_info.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "cli/sources.h"

namespace kith::cli {

/// What a verb has to say of one picture.
struct Answer {
  nlohmann::ordered_json
      json;          // --json's line; "source" (and a video's "frame", "time_ms") are put before it
  std::string text;  // for people, without a newline at the end
};

struct InputActions {
  RunInfo made_by;  // --json's first line
  std::function<Answer(const Frame&)> answer;
  SourceOptions reading;
  std::function<void(const SourceInfo&)> begin = [](const SourceInfo&) {};  // before an input's first frame
};

/// Reads every picture of every input. An input or picture that fails is a line {"source","error"} and a
/// message, and the rest goes on; at the end "3 of 5000 failed".
/// @param json  --json: a file, "-" for stdout (then no text goes there), or empty.
Exit answer_each(const std::vector<std::string>& inputs, const std::string& json,
                 const InputActions& actions);

/// Says on stderr what nobody looked at in those of the inputs that are folders. @param films  whether films are passed over.
/// @throws Error as list_photos.
void say_passed_over(const std::vector<std::string>& inputs, bool films);

/// INPUT... with the words that all verbs use.
void add_inputs(CLI::App& verb, std::vector<std::string>& inputs);

}  // namespace kith::cli

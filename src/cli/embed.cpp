#include <kith/frame.h>

#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/inputs.h"
#include "core/rounding.h"
#include "sidecar/face_json.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct EmbedOptions {
  std::vector<std::string> inputs;
  StageOptions stages;
  SourceOptions reading;
  std::string json = "-";
};

Exit embed(const EmbedOptions& options) {
  const Stages stages(options.stages);
  InputActions actions;
  actions.made_by = cli::made_by(stages, "embed");
  actions.reading = options.reading;
  LookOptions looking;
  actions.begin = [&](const SourceInfo& source) { looking.of_film = is_moving(source.kind); };
  actions.answer = [&](const Frame& frame) {
    const std::vector<SeenFace> seen = stages.look(frame.image, looking);
    Json list = Json::array();
    for (const SeenFace& one : seen) {
      list.push_back(face_json(one.face));
      list.back()["quality"] = rounded_score(one.quality);
      list.back()["embedding"] = one.embedding;
    }
    const std::string count = std::to_string(seen.size()) + (seen.size() == 1 ? " face" : " faces");
    return Answer{{{"faces", list}}, frame.source + ": " + count};
  };
  return answer_each(options.inputs, options.json, actions);
}

}  // namespace

void add_embed(Verbs& verbs) {
  CLI::App& verb = verbs.add("embed", "Turn faces into vectors, for your own programs",
                             "  kith embed photos/ --json vectors.jsonl\n"
                             "  each line: {\"source\":\"photos/a.jpg\",\"faces\":[{\"box\":[x,y,w,h],\n"
                             "              \"embedding\":[...]}]}");
  auto options = std::make_shared<EmbedOptions>();
  add_inputs(verb, options->inputs);
  add_json_option(verb, options->json);
  add_source_options(verb, options->reading);
  add_stage_options(verb, options->stages);
  verbs.on(verb, [options] { return embed(*options); });
}

}  // namespace kith::cli

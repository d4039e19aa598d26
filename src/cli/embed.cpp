#include <kith/frame.h>

#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/inputs.h"

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
  actions.reading = options.reading;
  actions.answer = [&](const Frame& frame) {
    const std::vector<Face> faces = stages.detect(frame.image);
    const std::vector<Embedding> embeddings = stages.embedder().embed(stages.align(frame.image, faces));
    Json list = Json::array();
    for (std::size_t i = 0; i < faces.size(); ++i) {
      list.push_back({{"box", box_json(faces[i].box)}, {"embedding", embeddings[i]}});
    }
    const std::string count = std::to_string(faces.size()) + (faces.size() == 1 ? " face" : " faces");
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

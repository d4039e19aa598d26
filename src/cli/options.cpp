#include "cli/cli.h"

namespace kith::cli {

CLI::App& Verbs::add(const std::string& name, const std::string& summary, const std::string& example) {
  return add(app_, name, summary, example);
}

CLI::App& Verbs::add(CLI::App& parent, const std::string& name, const std::string& summary, const std::string& example) {
  CLI::App* verb = parent.add_subcommand(name, summary);
  verb->footer("Example:\n" + example);
  verb->option_defaults()->always_capture_default();
  return *verb;
}

void Verbs::on(CLI::App& verb, Action action) {
  verb.callback([this, action = std::move(action)] { chosen_ = action; });
}

void add_stage_options(CLI::App& verb, StageOptions& options, bool with_embedder) {
  verb.add_option("--detector", options.detector, "Detector: a name (kith model list) or an .onnx file");
  verb.add_option("--landmarks", options.landmarks, "Network that refines the detector's landmarks, or none");
  verb.add_option("--min-face", options.min_face_px, "Smallest face to look for, px")->check(CLI::Range(12, 10000));
  if (with_embedder) {
    verb.add_option("--embedder", options.embedder, "Embedder: a name, an .onnx file, or several joined by commas");
    verb.add_flag("--flip", options.flip, "Average with the mirrored chip: better, half as fast");
  }
  verb.add_option("--threads", options.runtime.threads, "CPU threads, 0 = one per core")->check(CLI::Range(0, 1024));
  verb.add_option("--device", options.runtime.device, "cpu or cuda");
}

void add_people_option(CLI::App& verb, std::string& people) {
  verb.add_option("--people", people, "The file with the people Kith knows");
}

void add_json_option(CLI::App& verb, std::string& json) {
  verb.add_option("--json", json, "Write one JSON object a line to this file; - is stdout")->type_name("FILE");
}

}  // namespace kith::cli

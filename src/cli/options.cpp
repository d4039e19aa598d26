#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "cli/cli.h"
#include "cli/notes.h"
#include "cli/outputs.h"
#include "cli/people_file.h"
#include "cli/progress.h"
#include "cli/roles.h"

namespace kith::cli {

namespace {
bool verbose = false;
}

RunInfo made_by(const Stages& stages, const std::string& verb) {
  RunInfo info = stages.made_by(verb);
  if (!verbose) return info;
  std::string line = fmt::format("kith {} {}", version(), verb);
  for (const UsedModel& model : info.models)
    line += fmt::format(", {} {} ({:.12})", model.role, model.name, model.identity);
  std::cerr << line << std::endl;
  return info;
}

namespace {

// Unless --embedder says otherwise, the one that the people of --people were enrolled with, where it is installed.
void choose_embedder(CLI::App& verb) {
  CLI::Option* embedder = verb.get_option_no_throw("--embedder");
  const CLI::Option* people = verb.get_option_no_throw("--people");
  const CLI::Option* replace = verb.get_option_no_throw("--replace");
  if (embedder == nullptr || people == nullptr || embedder->count() > 0) return;
  if (replace != nullptr && replace->count() > 0) return;
  const std::optional<std::string> name = embedder_of(people->as<std::string>());
  if (!name || *name == embedder->get_default_str()) return;
  embedder->add_result(*name);
  embedder->run_callback();
}

}  // namespace

CLI::App& Verbs::add(const std::string& name, const std::string& summary, const std::string& example) {
  return add(app_, name, summary, example);
}

CLI::App& Verbs::add(CLI::App& parent, const std::string& name, const std::string& summary,
                     const std::string& example) {
  CLI::App* verb = parent.add_subcommand(name, summary);
  verb->footer("Example:\n" + example);
  verb->option_defaults()->always_capture_default();
  return *verb;
}

void Verbs::on(CLI::App& verb, Action action) {
  verb.add_flag("-q,--quiet", quiet, "Results and errors only: no progress, summary or advice");
  verb.add_flag("-v,--verbose", verbose, "Also say what the results are made with");
  verb.callback([this, &verb, action = std::move(action)] {
    chosen_ = [&verb, action] {
      choose_embedder(verb);
      const std::optional<Exit> refused = check_files(verb);
      if (refused) return *refused;
      note_places(verb);
      const Exit code = action();
      note_places(verb);  // there may be a gallery only now
      return code;
    };
  });
}

CLI::Validator between(double low, double high) {
  const std::string from = fmt::format("{}", low), to = fmt::format("{}", high);
  return {[=](std::string& given) -> std::string {
            char* end = nullptr;
            const double value = std::strtod(given.c_str(), &end);
            if (!given.empty() && *end == '\0' && value >= low && value <= high) return {};
            return given + " is not a number from " + from + " to " + to;
          },
          "NUMBER in [" + from + " - " + to + "]"};
}

namespace {

Turned turned_of(const std::string& word) {
  for (const Turned turned : {Turned::kNever, Turned::kAlways}) {
    if (word == to_string(turned)) return turned;
  }
  return Turned::kAuto;
}

}  // namespace

void add_stage_options(CLI::App& verb, StageOptions& options, bool with_embedder) {
  verb.add_option("--min-face", options.min_face_px, "Smallest face to look for, px")
      ->type_name("PX")
      ->check(between(12, 10000))
      ->default_str("20, in photos above 1200 px 1/60 of the shorter side");
  verb.add_option("--min-face-score", options.min_face_score, "Keep what is a face with this probability")
      ->type_name("SHARE")
      ->check(between(0, 1))
      ->default_str(fmt::format("{} in photos, {} in films", kPhotoFaceScore, kFilmFaceScore));
  verb.add_option_function<std::string>(
          "--turned", [&options](const std::string& word) { options.turned = turned_of(word); },
          "Look for faces that lie on their side or head: in photos without an upright one, never, or always")
      ->check(CLI::IsMember({"auto", "never", "always"}))
      ->default_str("auto")
      ->type_name("WORD");
  const auto network = [&](const char* name, std::string& value, const char* what) {
    verb.add_option(name, value, what)->type_name("MODEL")->group("Networks")->check(reads_models());
  };
  network("--detector", options.detector, "Detector: a name (kith model list) or an .onnx file");
  network("--landmarks", options.landmarks, "Network that refines the detector's landmarks, or none");
  if (with_embedder) {
    network("--embedder", options.embedder, "Embedder: a name, a file, or several joined by commas");
    verb.add_flag("--flip", options.flip, "Average with the mirrored chip: better, half as fast")
        ->group("Networks");
  } else {
    options.embedder.clear();
  }
  verb.add_option("--threads", options.runtime.threads, "CPU threads, 0 = one per core")
      ->type_name("N")
      ->check(between(0, 1024))
      ->group("Networks");
  verb.add_option("--device", options.runtime.device, "Where networks run")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->group("Networks");
}

int one_thread_a_picture(StageOptions& options) {
  const int workers = options.runtime.threads > 0 ? options.runtime.threads
                                                  : static_cast<int>(std::thread::hardware_concurrency());
  options.runtime.threads = 1;
  return std::max(workers, 1);
}

void add_people_option(CLI::App& verb, std::string& people, const CLI::Validator& role) {
  verb.add_option("--people", people, "The file with the people Kith knows")->type_name("FILE")->check(role);
}

void add_naming_options(CLI::App& verb, std::optional<double>& far, Classifier& classifier) {
  verb.add_option("--far", far, "How often a stranger may get any name [as trained: 0.001]")
      ->type_name("RATE")
      ->check(between(1e-9, 0.5));
  verb.add_option_function<std::string>(
          "--classifier",
          [&classifier](const std::string& word) {
            classifier = word == "svm" ? Classifier::kSvm : Classifier::kTemplates;
          },
          "Who is most alike: the people's templates, or the tutorial's SVM")
      ->check(CLI::IsMember({"templates", "svm"}))
      ->default_str("templates")
      ->type_name("WORD");
}

void add_json_option(CLI::App& verb, std::string& json) {
  verb.add_option("--json", json, "Write one JSON object a line to this file; - is stdout")
      ->type_name("FILE")
      ->transform(writes_lines(Written::kJson));
  verb.add_flag("--overwrite")
      ->description("Let outputs replace files that are no earlier outputs of theirs");
}

}  // namespace kith::cli

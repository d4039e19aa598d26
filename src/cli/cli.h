// The command line: verbs, the options they share, exit codes. One file a verb; main.cpp lists them.
#pragma once

#include <kith/pipeline.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "cli/roles.h"

namespace kith::cli {

enum class Exit : int {
  kDone = 0,
  kFailed = 1,  // failed, or some inputs failed
  kUsage = 2,
  kDifferent = 3,  // `kith verify`: not the same person
  kInterrupted = 130,
  kReaderGone = 141,  // whoever read stdout has gone; nothing is said, since nothing is wrong
};

/// What a verb does once its options are parsed.
using Action = std::function<Exit()>;

/// Collects the verbs; the chosen one's action runs after parsing.
class Verbs {
 public:
  explicit Verbs(CLI::App& app) : app_(app) {}
  /// @param example  one full command line with what it prints, shown at the end of the verb's help.
  CLI::App& add(const std::string& name, const std::string& summary, const std::string& example);
  /// The same below another verb (`kith people add`).
  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& summary,
                const std::string& example);
  void on(CLI::App& verb, Action action);
  const Action& chosen() const { return chosen_; }
  const CLI::App& root() const { return app_; }

 private:
  CLI::App& app_;
  Action chosen_;
};

/// A number within both bounds, in words that say them.
CLI::Validator between(double low, double high);

/// --detector --landmarks --min-face (and --embedder --flip) --threads --device, bound to the struct's own
/// defaults.
void add_stage_options(CLI::App& verb, StageOptions& options, bool with_embedder = true);
/// For jobs over many pictures: pictures side by side, each on one thread, waste less than one picture on all threads.
/// Sets options.runtime.threads to 1. @return the workers that --threads allows.
int one_thread_a_picture(StageOptions& options);
/// --people FILE
void add_people_option(CLI::App& verb, std::string& people, const CLI::Validator& role = changes());
/// --far RATE and --classifier WORD of those who name faces
void add_naming_options(CLI::App& verb, std::optional<double>& far, Classifier& classifier);
/// --json FILE and, for all outputs of the verb, --overwrite
void add_json_option(CLI::App& verb, std::string& json);

/// Set by SIGINT, SIGTERM and SIGHUP (signals.h); long verbs look at it between items.
extern std::atomic<bool> interrupted;
/// Nobody reads stdout any more (`kith ... | head -1`): set together with `interrupted`; there is nothing more to say.
extern std::atomic<bool> reader_gone;

/// What made a verb's results; told on stderr with -v.
RunInfo made_by(const Stages& stages, const std::string& verb);

/// A line on stderr: "kith: message".
void complain(const std::string& message);
/// The same about a file, which is named once, whether or not `why` begins with it.
void complain(const std::string& source, const std::string& why);

// One function a verb, in its own file.
void add_align(Verbs& verbs);
void add_classify(Verbs& verbs);
void add_cluster(Verbs& verbs);
void add_completion(Verbs& verbs);
void add_detect(Verbs& verbs);
void add_embed(Verbs& verbs);
void add_evaluate(Verbs& verbs);
void add_evaluate_detect(Verbs& verbs, CLI::App& evaluate);
void add_evaluate_identify(Verbs& verbs, CLI::App& evaluate);
void add_evaluate_quality(Verbs& verbs, CLI::App& evaluate);
void add_evaluate_video(Verbs& verbs, CLI::App& evaluate);
void add_forget(Verbs& verbs);
void add_help(Verbs& verbs);
void add_model(Verbs& verbs);
void add_model_calibrate(Verbs& verbs, CLI::App& model);
void add_name(Verbs& verbs);
void add_people(Verbs& verbs);
void add_people_check(Verbs& verbs, CLI::App& people);
void add_recognize(Verbs& verbs);
void add_serve(Verbs& verbs);
void add_train(Verbs& verbs);
void add_verify(Verbs& verbs);

}  // namespace kith::cli

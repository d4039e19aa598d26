#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/progress.h"
#include "core/files.h"
#include "core/result_lines.h"
#include "evaluate/evaluate_pairs.h"

namespace kith::cli {
namespace {

struct EvaluatePairsOptions {
  PairsOptions pairs;
  StageOptions stages;
  std::string json;
  std::string html;
};

void print(const char* name, double value, const Interval& interval) {
  std::printf("%s%.5f  [%.5f, %.5f]\n", name, value, interval.low, interval.high);
}

void print(const TarAtFar& figure) {
  const std::string name = fmt::format("TAR @ FAR {:g}:", figure.far);
  if (figure.tar && figure.interval)
    return print(fmt::format("{:<16} ", name).c_str(), *figure.tar, *figure.interval);
  std::printf("%-16s -  (%s)\n", name.c_str(), note(figure).c_str());
}

void print(const PairsReport& report) {
  const Verification& f = report.figures;
  std::printf("Pairs:           %lld\n", static_cast<long long>(report.pairs));
  std::printf("Accuracy:        %.5f+-%.5f  [%.5f, %.5f]\n", f.accuracy, f.accuracy_std,
              f.accuracy_interval.low, f.accuracy_interval.high);
  for (const TarAtFar& figure : f.tar_at_far) print(figure);
  print("AUC:             ", f.auc, f.auc_interval);
  print("EER:             ", f.eer, f.eer_interval);
  std::printf("Threshold:       %.4f (cosine; squared distance %.4f)\n", f.threshold, 2 - 2 * f.threshold);
  std::printf("No face found:   %zu (embedded from the centre crop)\n", report.failed.size());
}

Exit evaluate(EvaluatePairsOptions options) {
  options.pairs.workers = one_thread_a_picture(options.stages);
  const Stages stages(options.stages);
  Progress progress("pictures");
  const PairsReport report =
      evaluate_pairs(stages, options.pairs, interrupted,
                     [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  Progress::clear_line();
  RunInfo made_by = cli::made_by(stages, "evaluate pairs");
  made_by.options.emplace_back("pairs", options.pairs.pairs.string());
  ResultLines lines(options.json, made_by);
  if (!report.interrupted) lines.write(to_json(report));
  lines.finish(nlohmann::ordered_json::object(), report.interrupted);
  if (report.interrupted) return Exit::kInterrupted;
  if (!options.html.empty()) {
    write_file(options.html,
               pairs_html(report,
                          stages.embedder().name() + (options.stages.flip ? " with mirrored chips" : "") +
                              " on " + options.pairs.pairs.string(),
                          made_by),
               Access::kPrivate);
  }
  if (options.json != "-") print(report);
  return Exit::kDone;
}

}  // namespace

void add_evaluate(Verbs& verbs) {
  CLI::App& verb = verbs.add("evaluate", "Measure how well faces are told apart",
                             "  kith evaluate pairs --pairs pairs.txt --images lfw/");
  verb.require_subcommand(1);
  CLI::App& pairs = verbs.add(verb, "pairs", "The LFW protocol: accuracy and error rates on a list of pairs",
                              "  kith evaluate pairs --pairs lfw/pairs.txt --images lfw/ --html roc.html");
  auto options = std::make_shared<EvaluatePairsOptions>();
  pairs.add_option("--pairs", options->pairs.pairs, "The list of pairs, in LFW's format")
      ->type_name("FILE")
      ->required()
      ->check(reads());
  pairs.add_option("--images", options->pairs.images, "The pictures: NAME/NAME_0001.jpg")
      ->type_name("DIR")
      ->required()
      ->check(reads());
  add_json_option(pairs, options->json);
  pairs.add_option("--html", options->html, "Write a page with the ROC curve")
      ->type_name("FILE")
      ->check(writes(Written::kPage));
  add_stage_options(pairs, options->stages);
  verbs.on(pairs, [options] { return evaluate(*options); });
  add_evaluate_detect(verbs, verb);
  add_evaluate_identify(verbs, verb);
  add_evaluate_quality(verbs, verb);
  add_evaluate_video(verbs, verb);
}

}  // namespace kith::cli

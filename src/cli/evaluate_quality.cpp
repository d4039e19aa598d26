#include "evaluate/evaluate_quality.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/progress.h"
#include "core/result_lines.h"
#include "core/rounding.h"

namespace kith::cli {
namespace {

struct QualityArguments {
  std::string people;
  StageOptions stages;
  std::string json;
};

void print(const QualityReport& report) {
  std::printf("%zu faces of %zu people: %zu photos and poorer copies; missed below %.3f (FAR 0.001)\n",
              report.cases.size(), report.people, report.photos, report.threshold);
  std::printf("missed, %%, when the worst are left out by\n%-11s %6s %6s %6s %6s %6s %8s\n", "", "none",
              "10 %", "20 %", "30 %", "50 %", "mean");
  for (const DiscardCurve& curve : report.curves) {
    std::printf("%-11s", curve.measure.c_str());
    for (const std::size_t step : {0U, 2U, 4U, 6U, 10U}) std::printf(" %6.2f", 100 * curve.missed.at(step));
    std::printf(" %8.3f\n", 100 * curve.area);
  }
}

nlohmann::ordered_json case_json(const QualityCase& one) {
  nlohmann::ordered_json measures = nlohmann::ordered_json::object();
  for (std::size_t m = 0; m < kQualityMeasures.size(); ++m)
    measures[kQualityMeasures.at(m)] = rounded_score(one.measures.at(m));
  return {{"source", one.source},
          {"copy", one.copy},
          {"similarity", rounded_score(one.similarity)},
          {"measures", measures}};
}

Exit evaluate(QualityArguments options) {
  options.stages.turned = Turned::kNever;
  if (!options.stages.min_face_score) options.stages.min_face_score = 0;  // poor faces are what is measured
  const Stages stages(options.stages);
  QualityReport report;
  {
    Progress progress("pictures");
    report = evaluate_quality(stages, options.people, interrupted,
                              [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  }
  ResultLines lines(options.json, cli::made_by(stages, "evaluate quality"));
  for (const auto& [source, why] : report.failed) lines.fail(source, why);
  if (report.interrupted) {
    lines.finish(nlohmann::ordered_json::object(), true);
    return Exit::kInterrupted;
  }
  for (const QualityCase& one : report.cases) lines.write(case_json(one));
  lines.write(to_json(report));
  lines.finish(nlohmann::ordered_json::object());
  for (const auto& [source, why] : report.failed) complain(source, why);
  if (options.json != "-") print(report);
  return report.failed.empty() ? Exit::kDone : Exit::kFailed;
}

}  // namespace

void add_evaluate_quality(Verbs& verbs, CLI::App& parent) {
  CLI::App& verb = verbs.add(parent, "quality", "Does a face's quality foretell whether it is recognised?",
                             "  kith evaluate quality --people-dir photos/");
  auto options = std::make_shared<QualityArguments>();
  verb.add_option("--people-dir", options->people, "A folder of two photos or more for each person")
      ->type_name("DIR")
      ->required()
      ->check(reads());
  add_json_option(verb, options->json);
  add_stage_options(verb, options->stages);
  verb.remove_option(verb.get_option("--turned"));  // copies are upright
  verbs.on(verb, [options] { return evaluate(*options); });
}

}  // namespace kith::cli

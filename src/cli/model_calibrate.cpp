#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/progress.h"
#include "core/result_lines.h"
#include "core/rounding.h"
#include "evaluate/calibrate.h"

namespace kith::cli {
namespace {

struct CalibrateArguments {
  StageOptions stages;
  std::string strangers, people;
  std::string json;
};

void print(const CalibrationReport& report) {
  const Calibration& c = report.calibration;
  std::printf("%zu faces, %lld pairs: cosine %.4f +- %.4f\n", report.used.size(),
              static_cast<long long>(c.pairs), c.mean, c.stddev);
  for (std::size_t i = 0; i < c.far.size(); ++i)
    std::printf("FAR %.0e  threshold %.4f\n", c.far[i], c.threshold[i]);
  if (c.genuine_photos > 0) {
    std::printf("%lld photos against others of the same person: %.4f +- %.4f\n",
                static_cast<long long>(c.genuine_photos), c.genuine_mean, c.genuine_stddev);
  }
  if (c.norm > 0) std::printf("vectors are %.3f long before they are made units\n", c.norm);
  std::printf("%s\nwritten to %s\n", c.source.c_str(), report.model.c_str());
  if (!report.repeated.empty()) {
    std::printf("%zu pictures left out: their people are in other pictures too\n", report.repeated.size());
  }
  std::printf("most alike (one person twice would spoil the thresholds):\n");
  for (const LikestPair& pair : report.likest) {
    std::printf("  %.4f  %s  %s\n", pair.similarity, report.used[pair.first].c_str(),
                report.used[pair.second].c_str());
  }
}

nlohmann::ordered_json rounded_list(const auto& values, double (*round)(double)) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto value : values) list.push_back(round(value));
  return list;
}

nlohmann::ordered_json to_json(const CalibrationReport& report) {
  const Calibration& c = report.calibration;
  const auto unless_none = [](bool some, const nlohmann::ordered_json& json) {
    return some ? json : nlohmann::ordered_json();
  };
  return {{"model", report.model.string()},
          {"identity", report.identity},
          {"faces", report.used.size()},
          {"repeated", report.repeated.size()},
          {"pairs", c.pairs},
          {"mean", rounded_score(c.mean)},
          {"stddev", rounded_score(c.stddev)},
          {"far", c.far},
          {"threshold", rounded_list(c.threshold, rounded_score)},
          {"genuine", unless_none(c.genuine_photos > 0, {{"mean", rounded_score(c.genuine_mean)},
                                                         {"stddev", rounded_score(c.genuine_stddev)},
                                                         {"photos", c.genuine_photos}})},
          {"norm", unless_none(c.norm > 0, rounded_score(c.norm))},
          {"note", c.source}};
}

void write_json(const CalibrateArguments& arguments, const CalibrationReport& report) {
  RunInfo made_by;
  made_by.verb = "model calibrate";
  made_by.models.push_back({"embedder", arguments.stages.embedder, report.identity});
  made_by.options.emplace_back("strangers", arguments.strangers);
  ResultLines lines(arguments.json, made_by);
  for (const auto& [path, why] : report.failed) lines.fail(path.string(), why);
  lines.write(to_json(report));
  lines.finish(nlohmann::ordered_json::object());
}

Exit run(const CalibrateArguments& arguments) {
  CalibrationReport report;
  {
    Progress progress("pictures");
    report = calibrate(arguments.stages, arguments.strangers, arguments.people, interrupted,
                       [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  }
  if (report.interrupted) {
    complain("interrupted; the model is as it was");
    return Exit::kInterrupted;
  }
  for (const auto& [path, why] : report.failed) complain(path.string(), why);
  if (arguments.json != "-") print(report);
  write_json(arguments, report);
  return Exit::kDone;
}

}  // namespace

void add_model_calibrate(Verbs& verbs, CLI::App& model) {
  CLI::App& verb =
      verbs.add(model, "calibrate", "Measure an embedder's thresholds on pictures of many different people",
                "  kith model calibrate fr_feature --strangers faces/\n"
                "  FAR 1e-03  threshold 0.3389");
  auto arguments = std::make_shared<CalibrateArguments>();
  verb.add_option("MODEL", arguments->stages.embedder, "A name, an .onnx file, or several joined by commas")
      ->required()
      ->check(reads_models());
  verb.add_option("--strangers", arguments->strangers, "Folder with one picture a person, everyone once")
      ->required()
      ->type_name("DIR")
      ->check(reads());
  verb.add_option(
          "--people", arguments->people,
          "Folder with a folder of photos for each of some people: what own photos score, for the confidence")
      ->type_name("DIR")
      ->check(reads());
  add_stage_options(verb, arguments->stages, false);
  add_json_option(verb, arguments->json);
  verbs.on(verb, [arguments] { return run(*arguments); });
}

}  // namespace kith::cli

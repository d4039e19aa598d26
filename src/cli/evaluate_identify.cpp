// kith evaluate identify, kith evaluate calibration: are people named, and strangers not, and is the
// confidence true?
#include "evaluate/evaluate_identify.h"

#include <kith/error.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/cli.h"
#include "cli/progress.h"
#include "core/files.h"
#include "core/json_lines.h"

namespace kith::cli {
namespace {

struct Options {
  IdentifyOptions identify;
  StageOptions stages;
  std::string groups, json, html;
};

std::map<std::string, std::string> read_groups(const std::string& path) {
  std::map<std::string, std::string> groups;
  std::istringstream in(read_file(path));
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const std::size_t comma = line.rfind(',');
    if (comma == std::string::npos || comma == 0 || comma + 1 == line.size()) {
      throw Error(ErrorCode::kCorrupt,
                  path + ", line " + std::to_string(number) + ": wants FOLDER_OR_FILE,LABEL");
    }
    groups[line.substr(0, comma)] = line.substr(comma + 1);
  }
  return groups;
}

std::string percent(const Rate& rate) {
  char text[48];
  std::snprintf(text, sizeof text, "%7.3f +- %.3f %%", 100 * rate.mean, 100 * rate.stddev);
  return text;
}

void print_reliability(const Reliability& reliability) {
  std::printf("Confidence: expected calibration error %.4f [%.4f, %.4f]\n", reliability.ece,
              reliability.ece_interval.low, reliability.ece_interval.high);
  for (const ReliabilityBin& bin : reliability.bins) {
    if (bin.weight <= 0) continue;
    std::printf("  %.1f to %.1f: %5.2f %% of faces, mean confidence %.3f, right %.3f [%.3f, %.3f]\n",
                bin.from, bin.to, 100 * bin.weight, bin.confidence, bin.correct, bin.interval.low,
                bin.interval.high);
  }
}

void print(const IdentifyReport& report) {
  std::printf(
      "%d galleries of %zu, from %zu people; %.1f known probes and %zu strangers each; %zu pictures failed\n",
      report.repeats, report.gallery, report.people, report.probes, report.strangers, report.failed.size());
  std::printf("Most similar person right (closed set): %s\n", percent(report.rank1).c_str());
  std::printf("%-44s %-20s %-20s %s\n", "rule", "right name (DIR)", "wrong name", "strangers named (FAR)");
  for (const RuleScore& rule : report.rules) {
    std::printf("%-44s %-20s %-20s %s\n", rule.name.c_str(), percent(rule.rates.dir).c_str(),
                percent(rule.rates.wrong).c_str(), percent(rule.rates.far).c_str());
  }
  for (const auto& [label, group] : report.groups) {
    const Interval& dir = group.dir_interval;
    const Interval& far = group.far_interval;
    std::printf("group %s: DIR %.3f %% [%.3f, %.3f] of %lld, FAR %.4f %% [%.4f, %.4f] of %lld\n",
                label.c_str(), 100 * group.dir, 100 * dir.low, 100 * dir.high,
                static_cast<long long>(group.probes), 100 * group.far, 100 * far.low, 100 * far.high,
                static_cast<long long>(group.strangers));
  }
}

Exit run(Options options, bool calibration_only) {
  if (!options.groups.empty()) options.identify.groups = read_groups(options.groups);
  const Stages stages(options.stages);
  IdentifyReport report;
  {
    Progress progress("photos");
    report = evaluate_identify(stages, options.identify, interrupted,
                               [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  }
  if (report.interrupted) return Exit::kInterrupted;
  if (!options.json.empty()) JsonLines(options.json).write(to_json(report));
  if (!options.html.empty()) {
    write_file(options.html, identify_html(report, "Identification with " + stages.embedder().name() +
                                                       ", galleries of " + std::to_string(report.gallery)));
  }
  if (options.json == "-") return Exit::kDone;
  if (!calibration_only) print(report);
  print_reliability(report.reliability);
  if (!options.html.empty()) std::printf("see %s\n", options.html.c_str());
  return Exit::kDone;
}

void add(Verbs& verbs, CLI::App& parent, const char* name, const char* summary, const char* example,
         bool calibration_only) {
  CLI::App& verb = verbs.add(parent, name, summary, example);
  auto options = std::make_shared<Options>();
  IdentifyOptions& identify = options->identify;
  verb.add_option("--people-dir", identify.people, "A folder of photos for each person")
      ->type_name("DIR")
      ->required()
      ->check(reads());
  verb.add_option("--strangers-dir", identify.strangers, "Photos of people who are in no gallery")
      ->type_name("DIR")
      ->required()
      ->check(reads());
  verb.add_option("--gallery-size", identify.gallery, "People drawn for each gallery")
      ->type_name("N")
      ->check(CLI::Range(1, 100000));
  verb.add_option("--enrol", identify.enrol, "Photos enrolled of each")
      ->type_name("K")
      ->check(CLI::Range(1, 1000));
  verb.add_option("--repeat", identify.repeats, "Galleries to draw")
      ->type_name("R")
      ->check(CLI::Range(1, 100000));
  verb.add_option("--seed", identify.seed, "Another seed draws other galleries")->type_name("N");
  verb.add_option("--groups", options->groups, "Lines FOLDER_OR_FILE,LABEL: the same figures by label")
      ->type_name("FILE")
      ->check(reads());
  add_json_option(verb, options->json);
  verb.add_option("--html", options->html, "Write a page with the figures")
      ->type_name("FILE")
      ->check(writes(Written::kPage));
  add_stage_options(verb, options->stages);
  verbs.on(verb, [options, calibration_only] { return run(*options, calibration_only); });
}

}  // namespace

void add_evaluate_identify(Verbs& verbs, CLI::App& evaluate) {
  add(verbs, evaluate, "identify", "Open set: are known people named, and strangers not?",
      "  kith evaluate identify --people-dir people/ --strangers-dir others/ \\\n"
      "                         --gallery-size 6 --html identify.html",
      false);
  add(verbs, evaluate, "calibration",
      "Is the confidence true? Reliability, and the expected calibration error",
      "  kith evaluate calibration --people-dir people/ --strangers-dir others/", true);
}

}  // namespace kith::cli

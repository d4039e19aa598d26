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
#include "core/result_lines.h"

namespace kith::cli {
namespace {

struct IdentifyArguments {
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

std::string percent(const Interval& interval) {
  char text[48];
  std::snprintf(text, sizeof text, "[%.3f, %.3f]", 100 * interval.low, 100 * interval.high);
  return text;
}

void print_reliability(const Reliability& reliability) {
  std::printf("Confidence: expected calibration error %.4f", reliability.ece);
  if (reliability.ece_interval)
    std::printf(" [%.4f, %.4f]", reliability.ece_interval->low, reliability.ece_interval->high);
  std::printf("\n");
  for (const ReliabilityBin& bin : reliability.bins) {
    if (bin.weight <= 0) continue;
    std::printf(
        "  %.1f to %.1f: %5.2f %% of faces (of %lld people), mean confidence %.3f, right %.3f [%.3f, %.3f]\n",
        bin.from, bin.to, 100 * bin.weight, static_cast<long long>(bin.subjects), bin.confidence, bin.correct,
        bin.interval.low, bin.interval.high);
  }
}

void print(const char* what, const Rate& rate) {
  std::printf("  %-24s %s  %s\n", what, percent(rate).c_str(), percent(rate.interval).c_str());
}

void print_group(const std::string& label, const GroupScore& group) {
  std::printf("group %s: DIR %.3f %% %s of %lld, FAR %.4f %% %s of %lld\n", label.c_str(),
              100 * group.dir.share.value_or(0), percent(group.dir.interval).c_str(),
              static_cast<long long>(group.probes), 100 * group.far.share.value_or(0),
              percent(group.far.interval).c_str(), static_cast<long long>(group.strangers));
}

void print(const IdentifyReport& report) {
  std::printf(
      "%d galleries of %zu, from %zu people; %.1f known probes and %zu strangers each; %zu pictures not "
      "used\n",
      report.repeats, report.gallery, report.people, report.probes, report.strangers, report.failed.size());
  std::printf("%% over the galleries +- their spread, and 95 %% by drawing people anew\n");
  print("most similar is right", report.rank1);
  for (const Identified& point : report.points) {
    std::printf("FAR %g asked for:\n", point.far);
    print("right name (DIR)", point.dir);
    print("wrong name", point.wrong);
    print("strangers named", point.named);
    const std::string text = note(point, report.strangers);
    if (!text.empty()) std::printf("  %s\n", text.c_str());
  }
  for (const auto& [label, group] : report.groups) print_group(label, group);
}

RunInfo made_by(const Stages& stages, const IdentifyArguments& options, bool calibration_only) {
  RunInfo info = cli::made_by(stages, calibration_only ? "evaluate calibration" : "evaluate identify");
  const DrawOptions& draw = options.identify.draw;
  info.options.emplace_back("people_dir", draw.people.string());
  info.options.emplace_back("strangers_dir", draw.strangers.string());
  info.options.emplace_back("gallery_size", static_cast<std::int64_t>(draw.gallery));
  info.options.emplace_back("enrol", static_cast<std::int64_t>(draw.enrol));
  info.options.emplace_back("repeat", std::int64_t{options.identify.repeats});
  info.options.emplace_back("seed", std::int64_t{draw.seed});
  return info;
}

Exit run(IdentifyArguments options, bool calibration_only) {
  if (!options.groups.empty()) options.identify.groups = read_groups(options.groups);
  const Stages stages(options.stages);
  IdentifyReport report;
  {
    Progress progress("photos");
    report = evaluate_identify(stages, options.identify, interrupted,
                               [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  }
  const RunInfo info = made_by(stages, options, calibration_only);
  ResultLines lines(options.json, info);
  for (const auto& [source, why] : report.failed) lines.fail(source, why);
  if (!report.interrupted) lines.write(to_json(report));
  lines.finish(nlohmann::ordered_json::object(), report.interrupted);
  if (report.interrupted) return Exit::kInterrupted;
  if (!options.html.empty()) {
    write_file(options.html,
               identify_html(report,
                             "Identification with " + stages.embedder().name() + ", galleries of " +
                                 std::to_string(report.gallery),
                             info),
               Access::kPrivate);
  }
  if (options.json == "-") return Exit::kDone;
  if (!calibration_only) print(report);
  print_reliability(report.reliability);
  if (!options.html.empty() && !quiet) std::printf("see %s\n", options.html.c_str());
  return Exit::kDone;
}

void add(Verbs& verbs, CLI::App& parent, const char* name, const char* summary, const char* example,
         bool calibration_only) {
  CLI::App& verb = verbs.add(parent, name, summary, example);
  auto options = std::make_shared<IdentifyArguments>();
  IdentifyOptions& identify = options->identify;
  verb.add_option("--people-dir", identify.draw.people, "A folder of photos for each person")
      ->type_name("DIR")
      ->required()
      ->check(reads());
  verb.add_option("--strangers-dir", identify.draw.strangers, "Photos of people who are in no gallery")
      ->type_name("DIR")
      ->required()
      ->check(reads());
  verb.add_option("--gallery-size", identify.draw.gallery, "People drawn for each gallery")
      ->type_name("N")
      ->check(between(1, 100000));
  verb.add_option("--enrol", identify.draw.enrol, "Photos enrolled of each")
      ->type_name("K")
      ->check(between(1, 1000));
  verb.add_option("--repeat", identify.repeats, "Galleries to draw")
      ->type_name("R")
      ->check(between(1, 100000));
  verb.add_option("--seed", identify.draw.seed, "Another seed draws other galleries")->type_name("N");
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

// kith people check, kith people reject: what is wrong with the people, and who somebody is not.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <kith/error.h>
#include <kith/gallery.h>
#include <kith/pipeline.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/cli.h"
#include "cli/people_file.h"
#include "cli/photo_report.h"
#include "cli/progress.h"
#include "core/files.h"
#include "core/person_name.h"
#include "core/result_lines.h"
#include "core/rounding.h"
#include "enrol/check_people.h"
#include "enrol/enrol.h"
#include "enrol/train.h"
#include "people/used_people.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct CheckArguments {
  std::string people = "people.kith", json, html, name;
  std::vector<std::string> photos;
  bool list = false, undo = false;
  StageOptions stages;
};

constexpr std::size_t kManyPeople = 3000;  // whose comparison takes more than a few seconds

// What to type, where typing helps.
std::string command(const CheckItem& item, const std::string& people) {
  const std::string file = people == "people.kith" ? "" : " --people " + quoted(people);
  const std::string name = quoted(item.people.front());
  switch (item.finding) {
    case Finding::kMislabelled:
      return " then: kith people reject " + name + " " + quoted(shown_path(item.sources.front())) + file;
    case Finding::kTwoNames:
      return " then: kith people rename " + quoted(item.people.back()) + " " + name + file;
    case Finding::kFewPhotos:
      return ": kith people add " + name + " PHOTO" + file;
    default:
      return "";
  }
}

std::vector<CheckItem> find_all(const CheckArguments& options, const Gallery& gallery,
                                const Calibration& calibration) {
  const std::size_t people = gallery.people().size();
  if (people > kManyPeople)
    complain("comparing " + std::to_string(people) + " people with each other takes a while; Ctrl-C ends it");
  Progress progress("people");
  std::vector<CheckItem> items =
      check_people(gallery.people(), calibration, interrupted,
                   [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  for (CheckItem& item : items) item.advice += command(item, options.people);
  return items;
}

Exit check(const CheckArguments& options) {
  const Gallery gallery = open_people(options.people);
  const Stages stages(options.stages);
  require_embedder(gallery, options.people, stages);
  const IdentifierOptions identifying = identifier_options(stages.embedder(), gallery);
  const std::vector<CheckItem> items = find_all(options, gallery, identifying.calibration);
  RunInfo made_by = cli::made_by(stages, "people check");
  made_by.people = used_people(gallery.people(), options.people);
  ResultLines lines(options.json, made_by);
  for (const CheckItem& item : items) lines.write(to_json(item));
  lines.finish({{"people", gallery.people().size()}, {"findings", items.size()}}, interrupted);
  if (interrupted) return Exit::kInterrupted;
  if (!options.html.empty())
    write_file(options.html, check_html(items, stages, "Check of " + options.people, made_by),
               Access::kPrivate);
  if (options.json == "-") return Exit::kDone;
  for (const CheckItem& item : items) {
    std::cout << fmt::format("{}: {}", to_string(item.finding), fmt::join(item.people, ", "));
    if (item.similarity != 0) std::cout << fmt::format(" ({:.2f})", item.similarity);
    for (const std::string& source : item.sources) std::cout << "\n    " << shown_path(source);
    std::cout << "\n    " << item.advice << '\n';
  }
  std::cout << counted(static_cast<std::int64_t>(items.size()), "finding") << " about "
            << counted(static_cast<std::int64_t>(gallery.people().size()), "name") << '\n';
  if (!options.html.empty() && !quiet) std::cout << "see " << options.html << '\n';
  return Exit::kDone;
}

RunInfo reject_info() {
  RunInfo info;
  info.verb = "people reject";
  return info;
}

Exit list_rejected(const CheckArguments& options, const Gallery& gallery) {
  ResultLines lines(options.json, reject_info());
  std::int64_t count = 0;
  for (const Person& person : gallery.people()) {
    if (!options.name.empty() && person.name != options.name) continue;
    for (const Sample& face : person.rejected) {
      ++count;
      lines.write({{"name", person.name}, {"source", face.source}});
      if (options.json != "-") std::cout << shown_path(face.source) << " is not " << person.name << '\n';
    }
  }
  lines.finish({{"rejections", count}});
  if (options.json != "-") std::cout << counted(count, "rejection") << '\n';
  return Exit::kDone;
}

Exit take_back(const CheckArguments& options, Gallery gallery) {
  std::vector<std::string> sources = options.photos;
  for (const std::string& photo : options.photos) {
    if (stored_source(photo) != photo) sources.push_back(stored_source(photo));
  }
  const int removed = gallery.accept(options.name, sources);
  ResultLines lines(options.json, reject_info());
  lines.finish({{"name", options.name}, {"undone", removed}});
  if (options.json != "-")
    std::cout << "Took back " << counted(removed, "rejection") << " for " << options.name << '\n';
  if (removed > 0) return Exit::kDone;
  complain("no such rejection for " + options.name + "; see: kith people reject --list");
  return Exit::kFailed;
}

std::string describe(const RejectReport::Outcome& outcome, const std::string& name) {
  const std::string what = outcome.taken_out ? ": taken out and noted, this is not "
                           : outcome.noted   ? ": noted, this is not "
                                             : ": was noted before, not ";
  return outcome.source + what + name + fmt::format(" (similarity {:.2f})", outcome.similarity);
}

Exit reject_photos(const CheckArguments& options) {
  Gallery gallery = open_people(options.people);
  const Stages stages(options.stages);
  require_embedder(gallery, options.people, stages);
  const RejectReport report = reject(stages, gallery, options.name, options.photos);
  ResultLines lines(options.json, cli::made_by(stages, "people reject"));
  bool failed = false;
  for (const RejectReport::Outcome& outcome : report.outcomes) {
    failed = failed || !outcome.error.empty();
    if (!outcome.error.empty()) complain(outcome.error);
    if (!outcome.error.empty()) {
      lines.fail(outcome.source, outcome.error);
    } else {
      lines.write({{"source", outcome.source},
                   {"name", options.name},
                   {"noted", outcome.noted},
                   {"taken_out", outcome.taken_out},
                   {"similarity", rounded_score(outcome.similarity)}});
    }
    if (options.json != "-" && outcome.error.empty()) std::cout << describe(outcome, options.name) << '\n';
  }
  lines.finish({{"name", options.name}});
  return failed ? Exit::kFailed : Exit::kDone;
}

Exit run_reject(CheckArguments options) {
  options.name = normal_name(options.name);
  if (options.list) return list_rejected(options, open_people(options.people));
  if (options.name.empty() || options.photos.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "kith people reject wants NAME and PHOTO, or --list");
  }
  if (options.undo) return take_back(options, open_people(options.people));
  return reject_photos(options);
}

}  // namespace

void add_people_check(Verbs& verbs, CLI::App& people) {
  auto options = std::make_shared<CheckArguments>();
  CLI::App& checking = verbs.add(
      people, "check", "Find mislabelled photos, look-alikes, people with too few photos",
      "  kith people check --html check.html\n"
      "  mislabelled: monica (0.05)\n      photos/monica/07.jpg\n      unlike the other photos, ...");
  add_people_option(checking, options->people);
  checking.add_option("--html", options->html, "Write a page with the faces")
      ->type_name("FILE")
      ->check(writes(Written::kPage));
  add_json_option(checking, options->json);
  add_stage_options(checking, options->stages);
  verbs.on(checking, [options] { return check(*options); });

  CLI::App& rejecting =
      verbs.add(people, "reject", "\"This is not NAME\": from then on, for that face and its like",
                "  kith people reject Ada party.jpg\n  party.jpg: noted, this is not Ada (similarity 0.47)");
  rejecting.add_option("NAME", options->name, "Who it is not");
  rejecting
      .add_option("PHOTO", options->photos,
                  "Photos: the face that was enrolled from it as NAME's, else the one most like NAME")
      ->check(reads_each());
  rejecting.add_flag("--list", options->list, "List what has been rejected, of NAME or of everybody");
  rejecting.add_flag("--undo", options->undo, "Take the rejection of these photos back");
  add_people_option(rejecting, options->people);
  add_json_option(rejecting, options->json);
  add_stage_options(rejecting, options->stages);
  verbs.on(rejecting, [options] { return run_reject(*options); });
}

}  // namespace kith::cli

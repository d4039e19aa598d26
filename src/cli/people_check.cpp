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
#include "cli/photo_report.h"
#include "core/files.h"
#include "core/json_lines.h"
#include "enrol/check_people.h"
#include "enrol/enrol.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct Options {
  std::string people = "people.kith", json, html, name;
  std::vector<std::string> photos;
  bool list = false, undo = false;
  StageOptions stages;
};

Exit check(const Options& options) {
  const Gallery gallery = Gallery::open(options.people);
  const Stages stages(options.stages);
  const IdentifierOptions identifying = identifier_options(stages.embedder(), gallery);
  const std::vector<CheckItem> items = check_people(gallery.people(), identifying.calibration);
  if (!options.json.empty()) {
    JsonLines lines(options.json);
    for (const CheckItem& item : items) lines.write(to_json(item));
    lines.write({{"summary", {{"people", gallery.people().size()}, {"findings", items.size()}}}});
  }
  if (!options.html.empty())
    write_file(options.html, check_html(items, stages, "Check of " + options.people), Access::kPrivate);
  if (options.json == "-") return Exit::kDone;
  for (const CheckItem& item : items) {
    std::cout << fmt::format("{}: {}", to_string(item.finding), fmt::join(item.people, ", "));
    if (item.similarity != 0) std::cout << fmt::format(" ({:.2f})", item.similarity);
    for (const std::string& source : item.sources) std::cout << "\n    " << source;
    std::cout << "\n    " << item.advice << '\n';
  }
  std::cout << counted(static_cast<std::int64_t>(items.size()), "finding") << " about "
            << counted(static_cast<std::int64_t>(gallery.people().size()), "name") << '\n';
  if (!options.html.empty()) std::cout << "see " << options.html << '\n';
  return Exit::kDone;
}

Exit list_rejected(const Options& options, const Gallery& gallery) {
  std::optional<JsonLines> lines;
  if (!options.json.empty()) lines.emplace(options.json);
  std::int64_t count = 0;
  for (const Person& person : gallery.people()) {
    if (!options.name.empty() && person.name != options.name) continue;
    for (const Sample& face : person.rejected) {
      ++count;
      if (lines) lines->write({{"name", person.name}, {"source", face.source}});
      if (options.json != "-") std::cout << face.source << " is not " << person.name << '\n';
    }
  }
  if (options.json != "-") std::cout << counted(count, "rejection") << '\n';
  return Exit::kDone;
}

Exit undo(const Options& options, Gallery gallery) {
  const int removed = gallery.accept(options.name, options.photos);
  if (!options.json.empty()) JsonLines(options.json).write({{"name", options.name}, {"undone", removed}});
  if (options.json != "-")
    std::cout << "Took back " << counted(removed, "rejection") << " for " << options.name << '\n';
  if (removed > 0) return Exit::kDone;
  complain("no such rejection for " + options.name + "; see: kith people reject --list");
  return Exit::kFailed;
}

Exit reject_photos(const Options& options) {
  Gallery::open(options.people);  // its faults first: models take a while
  const Stages stages(options.stages);
  const RejectReport report = reject(stages, options.people, options.name, options.photos);
  std::optional<JsonLines> lines;
  if (!options.json.empty()) lines.emplace(options.json);
  bool failed = false;
  for (const RejectReport::Outcome& outcome : report.outcomes) {
    failed = failed || !outcome.error.empty();
    if (!outcome.error.empty()) complain(outcome.error);
    if (lines && !outcome.error.empty()) lines->write({{"source", outcome.source}, {"error", outcome.error}});
    if (lines && outcome.error.empty()) {
      lines->write({{"source", outcome.source},
                    {"name", options.name},
                    {"noted", outcome.noted},
                    {"similarity", outcome.similarity}});
    }
    if (options.json == "-" || !outcome.error.empty()) continue;
    std::cout << outcome.source << (outcome.noted ? ": noted, this is not " : ": was noted before, not ")
              << options.name << fmt::format(" (similarity {:.2f})\n", outcome.similarity);
  }
  return failed ? Exit::kFailed : Exit::kDone;
}

Exit run_reject(const Options& options) {
  if (options.list) return list_rejected(options, Gallery::open(options.people));
  if (options.name.empty() || options.photos.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "kith people reject wants NAME and PHOTO, or --list");
  }
  if (options.undo) return undo(options, Gallery::open(options.people));
  return reject_photos(options);
}

}  // namespace

void add_people_check(Verbs& verbs, CLI::App& people) {
  auto options = std::make_shared<Options>();
  CLI::App& checking = verbs.add(
      people, "check", "Find mislabelled photos, look-alikes, people with too few photos",
      "  kith people check --html check.html\n"
      "  mislabelled: monica (0.05)\n      photos/monica/07.jpg\n      unlike the other photos, ...");
  add_people_option(checking, options->people);
  checking.add_option("--html", options->html, "Write a page with the faces")->type_name("FILE");
  add_json_option(checking, options->json);
  add_stage_options(checking, options->stages);
  verbs.on(checking, [options] { return check(*options); });

  CLI::App& rejecting =
      verbs.add(people, "reject", "\"This is not NAME\": from then on, for that face and its like",
                "  kith people reject Ada party.jpg\n  party.jpg: noted, this is not Ada (similarity 0.47)");
  rejecting.add_option("NAME", options->name, "Who it is not");
  rejecting.add_option("PHOTO", options->photos, "Photos; of several faces the one most like NAME counts");
  rejecting.add_flag("--list", options->list, "List what has been rejected, of NAME or of everybody");
  rejecting.add_flag("--undo", options->undo, "Take the rejection of these photos back");
  add_people_option(rejecting, options->people);
  add_json_option(rejecting, options->json);
  add_stage_options(rejecting, options->stages);
  verbs.on(rejecting, [options] { return run_reject(*options); });
}

}  // namespace kith::cli

// kith forget: erases a person, with a receipt.
#include "sightings/forget.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/photo_report.h"
#include "core/clock.h"
#include "core/result_lines.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct ForgetArguments {
  std::string name, json;
  ForgetOptions forget;
  std::vector<std::string> files, deleted;
  std::string people = "people.kith";
};

struct Wording {
  const char* kind;   // "kind" of the JSON
  const char* count;  // its key
};

Wording words(Erasure::What what) {
  using enum Erasure::What;
  switch (what) {
    case kEnrolled:
      return {"people", "samples"};
    case kRejections:
      return {"people", "rejections"};
    case kTracks:
      return {"sightings", "tracks"};
    case kNames:
      return {"sidecar", "faces"};
    case kPage:
      return {"page", "pages"};
    case kChips:
      return {"chips", "chips"};
    case kCopy:
      break;
  }
  return {"copy", "pictures"};
}

// As the user would type it: places are noted with their whole paths.
std::string shown(const std::filesystem::path& path) {
  const std::filesystem::path near =
      std::filesystem::absolute(path).lexically_relative(std::filesystem::current_path());
  return near.empty() || *near.begin() == ".." ? path.string() : near.string();
}

std::string source_of(const Erasure& erasure) {
  return std::filesystem::absolute(erasure.path).lexically_normal().string();
}

void write_json(const ForgetReport& report, const ForgetArguments& options) {
  using enum Erasure::What;
  RunInfo made_by;
  made_by.verb = "forget";
  ResultLines lines(options.json, made_by);
  for (const Erasure& erasure : report.erasures) {
    Json line{{"source", source_of(erasure)}, {"kind", words(erasure.what).kind}};
    if (erasure.left.empty() || erasure.count > 0) line[words(erasure.what).count] = erasure.count;
    if (!erasure.left.empty()) line[erasure.what == kCopy ? "left" : "error"] = erasure.left;
    lines.write(line);
  }
  lines.finish({{"name", options.name},
                {"time", utc_text()},
                {"dry_run", options.forget.dry_run},
                {"samples", report.total(kEnrolled)},
                {"rejections", report.total(kRejections)},
                {"tracks", report.total(kTracks)},
                {"faces", report.total(kNames)},
                {"pages", report.total(kPage)},
                {"chips", report.total(kChips)}});
}

std::string done(const Erasure& erasure, bool dry_run) {
  using enum Erasure::What;
  const std::string did = dry_run ? "would erase " : "erased ";
  switch (erasure.what) {
    case kEnrolled:
      return did + counted(erasure.count, "enrolled face");
    case kRejections:
      return did + counted(erasure.count, "face") + " noted as not somebody else's";
    case kTracks:
      return did + counted(erasure.count, "track") + " with vector and picture";
    case kNames:
      return (dry_run ? "would take" : "took") + std::string(" the name out of ") +
             counted(erasure.count, "place");
    case kPage:
      return did + "the page, which shows faces; the verb that made it makes it again";
    case kChips:
      return did + counted(erasure.count, "chip") + ", their lines in the journal, and the audit";
    case kCopy:
      break;
  }
  return "";
}

// What to do, as a command: the library knows none.
std::string remedy(const Erasure& erasure, const ForgetArguments& options) {
  if (erasure.left.find("not there any more") == std::string::npos) return "";
  return " (kith forget \"" + options.name + "\" NEW_PLACE, or --deleted " + shown(erasure.path) + ")";
}

std::string left(const Erasure& erasure) {
  const std::string path = erasure.path.string() + ": ";
  return shown(erasure.path) + ": " +
         (erasure.left.starts_with(path) ? erasure.left.substr(path.size()) : erasure.left);
}

void print(const ForgetReport& report, const ForgetArguments& options) {
  std::cout << options.name << ", " << utc_text()
            << (options.forget.dry_run ? ", dry run: nothing is changed\n" : "\n");
  for (const Erasure& erasure : report.erasures) {
    if (erasure.count > 0)
      std::cout << "  " << shown(erasure.path) << ": " << done(erasure, options.forget.dry_run) << '\n';
  }
  for (const bool copies : {false, true}) {
    const auto wanted = [&](const Erasure& e) {
      return !e.left.empty() && copies == (e.what == Erasure::What::kCopy);
    };
    if (std::ranges::none_of(report.erasures, wanted)) continue;
    std::cout << (copies ? "Look yourself:\n" : "Left:\n");
    for (const Erasure& erasure : report.erasures) {
      if (wanted(erasure)) std::cout << "  " << left(erasure) << remedy(erasure, options) << '\n';
    }
  }
  std::cout
      << "Not covered: the photos themselves, pictures and films with names drawn in, copies and backups, "
         "unnamed sightings, what was made with another people.kith.\n";
}

Exit run(ForgetArguments options) {
  options.forget.people = options.people;
  options.forget.files.assign(options.files.begin(), options.files.end());
  options.forget.deleted.assign(options.deleted.begin(), options.deleted.end());
  const ForgetReport report = forget(options.name, options.forget);
  // What is erased is erased: a receipt that cannot be written (a full disk) has been shown.
  if (options.json != "-") print(report, options);
  if (!options.json.empty()) write_json(report, options);
  if (!report.unknown.empty()) complain(report.unknown);
  std::int64_t failed = 0;
  for (const Erasure& erasure : report.erasures)
    failed += erasure.left.empty() || erasure.what == Erasure::What::kCopy ? 0 : 1;
  if (failed > 0)
    complain(counted(failed, "place") + " may still hold " + options.name + ": see the receipt");
  return report.failed() ? Exit::kFailed : Exit::kDone;
}

}  // namespace

void add_forget(Verbs& verbs) {
  CLI::App& verb = verbs.add("forget", "Erase a person everywhere, with a receipt",
                             "  kith forget Ada\n"
                             "  Ada, 2026-11-24T12:00:00Z\n"
                             "    people.kith: erased 14 enrolled faces\n"
                             "    film.sightings: erased 4 tracks with vector and picture\n"
                             "    film.jsonl: took the name out of 312 places");
  auto options = std::make_shared<ForgetArguments>();
  verb.add_option("NAME", options->name, "Whom to erase")->required();
  verb.add_option("FILE", options->files,
                  "More places: sightings, sidecars, pages, folders of chips, besides those made with this "
                  "people.kith; also where such a file is now")
      ->check(changes());
  verb.add_option("--deleted", options->deleted,
                  "Such a file that was deleted, not moved: it is asked for no more")
      ->type_name("FILE")
      ->check(changes());
  verb.add_flag("--dry-run", options->forget.dry_run, "Say what would be erased, and change nothing");
  add_people_option(verb, options->people);
  add_json_option(verb, options->json);
  verbs.on(verb, [options] { return run(*options); });
}

}  // namespace kith::cli

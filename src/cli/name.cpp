// kith name: a group of unknown faces gets a name, once and for all that was recognised earlier.
#include <kith/error.h>

#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/cli.h"
#include "cli/photo_report.h"
#include "cli/progress.h"
#include "core/result_lines.h"
#include "sightings/name_group.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct NameArguments {
  std::string sightings, people = "people.kith", json, name, groups;
};

// "3" or "3,7".
std::set<std::int64_t> parse_groups(const std::string& text) {
  std::set<std::int64_t> groups;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    std::int64_t group = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), group);
    if (error != std::errc() || end != word.data() + word.size() || group < 1)
      throw Error(ErrorCode::kInvalidArgument,
                  "GROUP: '" + text + "' is no number of a group, as kith cluster prints it");
    groups.insert(group);
  }
  return groups;
}

void write_json(const NameReport& report, const NameArguments& options) {
  RunInfo made_by;
  made_by.verb = "name";
  ResultLines lines(options.json, made_by);
  for (const Relabelled& file : report.files) {
    Json line{{"source", file.path.string()}};
    if (!file.error.empty()) {
      line["error"] = file.error;
    } else {
      line["faces"] = file.faces;
      line["tracks"] = file.tracks;
    }
    lines.write(line);
  }
  lines.finish({{"name", options.name},
                {"groups", parse_groups(options.groups)},
                {"tracks", report.tracks},
                {"other_names", report.other_names},
                {"enrolled", report.enrolled},
                {"samples", report.samples},
                {"without_sidecar", report.without_sidecar}});
}

void print(const NameReport& report, const NameArguments& options) {
  std::cout << counted(report.tracks, "track") << " of " << options.sightings << " named " << options.name
            << "; " << report.enrolled << " of them enrolled in " << options.people << ", where "
            << options.name << " has " << counted(report.samples, "face") << " now\n";
  if (report.other_names > 0)
    std::cout << counted(report.other_names, "track") << " of the group had another name and kept it\n";
  for (const Relabelled& file : report.files) {
    if (file.error.empty()) {
      std::cout << "relabelled " << file.path.string() << ": " << counted(file.faces, "change") << '\n';
    }
  }
  if (report.without_sidecar > 0)
    std::cout << counted(report.without_sidecar, "track")
              << " of runs without --json: there was nothing to relabel\n";
  const std::string file = options.people == "people.kith" ? "" : " --people " + options.people;
  if (!quiet) std::cout << "Next: kith recognize VIDEO_OR_PHOTOS" << file << '\n';
}

Exit run(const NameArguments& options) {
  const std::set<std::int64_t> groups = parse_groups(options.groups);
  Sightings file = Sightings::open(options.sightings);
  const NameReport report = name_groups(file, options.people, groups, options.name);
  if (!options.json.empty()) write_json(report, options);
  if (options.json != "-") print(report, options);
  std::size_t failed = 0;
  for (const Relabelled& each : report.files) {
    if (each.error.empty()) continue;
    complain(each.error);
    ++failed;
  }
  if (failed == 0) return Exit::kDone;
  complain(std::to_string(failed) + " of " + std::to_string(report.files.size()) + " failed");
  return Exit::kFailed;
}

}  // namespace

void add_name(Verbs& verbs) {
  CLI::App& verb = verbs.add("name", "Name a group of unknown faces, in earlier sidecars too",
                             "  kith name film.sightings 1 \"Ada Lovelace\"\n"
                             "  4 tracks of film.sightings named Ada Lovelace; 3 of them enrolled in\n"
                             "  people.kith, where Ada Lovelace has 3 faces now\n"
                             "  relabelled film.jsonl: 312 changes");
  auto options = std::make_shared<NameArguments>();
  verb.add_option("SIGHTINGS", options->sightings,
                  "The file that kith recognize or kith cluster --sightings wrote")
      ->required()
      ->check(changes());
  verb.add_option("GROUP", options->groups, "The group's number by kith cluster; several: 3,7")->required();
  verb.add_option("NAME", options->name, "Who it is; a name that is known gets more faces")->required();
  add_people_option(verb, options->people);
  add_json_option(verb, options->json);
  verbs.on(verb, [options] { return run(*options); });
}

}  // namespace kith::cli

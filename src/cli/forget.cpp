// kith forget: erases a person, with a receipt.
#include "sightings/forget.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/photo_report.h"
#include "core/clock.h"
#include "core/result_lines.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct Options {
  std::string name, json;
  ForgetOptions forget;
  std::vector<std::string> files;
  std::string people = "people.kith";
};

std::string now_utc() { return utc_text(std::chrono::system_clock::now()); }

Json line_of(const std::filesystem::path& path, const char* kind, bool gone, const std::string& error) {
  Json line{{"source", std::filesystem::absolute(path).lexically_normal().string()}, {"kind", kind}};
  if (gone) {
    line["gone"] = true;
  } else if (!error.empty()) {
    line["error"] = error;
  }
  return line;
}

void write_json(const ForgetReport& report, const Options& options) {
  RunInfo made_by;
  made_by.verb = "forget";
  ResultLines lines(options.json, made_by);
  std::int64_t tracks = 0;
  for (const ForgetReport::File& file : report.sightings) {
    Json line = line_of(file.path, "sightings", file.gone, file.error);
    if (!file.gone && file.error.empty()) line["tracks"] = file.tracks;
    tracks += file.tracks;
    lines.write(line);
  }
  for (const Relabelled& file : report.sidecars) {
    Json line = line_of(file.path, "sidecar", file.gone, file.error);
    if (!file.gone && file.error.empty()) line["faces"] = file.faces;
    lines.write(line);
  }
  Json gallery = line_of(options.people, "people", false, "");
  gallery["samples"] = report.samples;
  lines.write(gallery);
  lines.finish({{"name", options.name},
                {"time", now_utc()},
                {"dry_run", options.forget.dry_run},
                {"samples", report.samples},
                {"tracks", tracks}});
}

void print(const ForgetReport& report, const Options& options) {
  const char* did = options.forget.dry_run ? "would erase " : "erased ";
  const char* took = options.forget.dry_run ? "would take" : "took";
  std::cout << options.name << ", " << now_utc()
            << (options.forget.dry_run ? ", dry run: nothing is changed\n" : "\n");
  std::cout << "  " << options.people << ": " << did << counted(report.samples, "enrolled face") << '\n';
  for (const ForgetReport::File& file : report.sightings) {
    if (!file.error.empty()) continue;
    std::cout << "  " << file.path.string() << ": ";
    if (file.gone) {
      std::cout << "is not there any more\n";
    } else {
      std::cout << did << counted(file.tracks, "track") << " with vector and picture\n";
    }
  }
  for (const Relabelled& file : report.sidecars) {
    if (file.gone) std::cout << "  " << file.path.string() << ": is not there any more\n";
    if (!file.error.empty()) continue;
    std::cout << "  " << file.path.string() << ": " << took << " the name out of "
              << counted(file.faces, "place") << '\n';
  }
  std::cout << "Not covered: the photos themselves, videos made with --out, copies and backups, unnamed "
               "sightings.\n";
}

Exit run(Options options) {
  options.forget.people = options.people;
  options.forget.files.assign(options.files.begin(), options.files.end());
  const ForgetReport report = forget(options.name, options.forget);
  if (!options.json.empty()) write_json(report, options);
  if (options.json != "-") print(report, options);
  for (const ForgetReport::File& file : report.sightings) {
    if (!file.error.empty()) complain(file.error);
  }
  for (const Relabelled& file : report.sidecars) {
    if (!file.error.empty() && !file.gone) complain(file.error);
  }
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
  auto options = std::make_shared<Options>();
  verb.add_option("NAME", options->name, "Whom to erase")->required();
  verb.add_option("FILE", options->files,
                  "More sightings files and sidecars, besides the sightings made with this people.kith")
      ->check(changes());
  verb.add_flag("--dry-run", options->forget.dry_run, "Say what would be erased, and change nothing");
  add_people_option(verb, options->people);
  add_json_option(verb, options->json);
  verbs.on(verb, [options] { return run(*options); });
}

}  // namespace kith::cli

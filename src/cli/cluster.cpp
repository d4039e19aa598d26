// kith cluster: faces of nobody knows whom, sorted by person.
#include <kith/error.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/inputs.h"
#include "cli/photo_report.h"
#include "cli/progress.h"
#include "core/clock.h"
#include "core/files.h"
#include "core/result_lines.h"
#include "core/rounding.h"
#include "sidecar/face_json.h"
#include "sightings/cluster_job.h"
#include "store/places.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct ClusterArguments {
  std::string input, json, page, sightings, people = "people.kith";
  ClusterJob job;
  StageOptions stages;
};

constexpr std::size_t kMostListed = 6;  // members of a group in the text

Json member_json(const Grouped& grouped, std::size_t i) {
  const Sighting& face = grouped.faces[i];
  Json json{{"source", face.source}};
  if (grouped.boxes.empty()) {
    json["track"] = face.track;
    json["name"] = face.name ? Json(*face.name) : Json();
    json["first_ms"] = rounded_ms(face.first_ms);
    json["last_ms"] = rounded_ms(face.last_ms);
    json["frames"] = face.frames;
  } else {
    json["box"] = box_json(grouped.boxes[i]);
  }
  json["quality"] = rounded_score(face.quality);
  return json;
}

void write_json(const Grouped& grouped, const ClusterArguments& options, const RunInfo& made_by) {
  ResultLines lines(options.json, made_by);
  for (const auto& [source, why] : grouped.unreadable) lines.fail(source, why);
  for (const Grouped::Group& group : grouped.groups) {
    Json members = Json::array();
    for (const std::size_t i : group.members) members.push_back(member_json(grouped, i));
    lines.write({{"group", group.id}, {"size", group.members.size()}, {"members", members}});
  }
  const std::size_t shared = grouped.shared_groups();
  lines.finish({{"faces", grouped.faces.size()},
                {"groups", shared},
                {"alone", grouped.groups.size() - shared},
                {"far", options.job.far},
                {"threshold", rounded_score(grouped.threshold)}},
               grouped.interrupted);
}

std::string where(const Sighting& face) {
  const std::string time = face.last_ms > 0 ? " " + clock_text(face.first_ms) : "";
  return std::filesystem::path(face.source).filename().string() + time;
}

// Where the faces are kept; empty: nowhere.
std::string file_of(const ClusterArguments& options, bool sightings) {
  return !options.sightings.empty() ? options.sightings : sightings ? options.input : "";
}

void print(const Grouped& grouped, const ClusterArguments& options, bool sightings) {
  for (const Grouped::Group& group : grouped.groups) {
    if (group.members.size() < 2) continue;
    std::cout << "group " << group.id << ": "
              << counted(static_cast<std::int64_t>(group.members.size()), "face") << ": ";
    for (std::size_t i = 0; i < std::min(group.members.size(), kMostListed); ++i)
      std::cout << (i == 0 ? "" : ", ") << where(grouped.faces[group.members[i]]);
    std::cout << (group.members.size() > kMostListed ? ", ...\n" : "\n");
  }
  const std::size_t shared = grouped.shared_groups();
  std::cout << counted(static_cast<std::int64_t>(grouped.faces.size()), "face") << ": "
            << counted(static_cast<std::int64_t>(shared), "group") << " of two and more, "
            << grouped.groups.size() - shared << " alone\n";
  if (!options.page.empty() && !quiet) std::cout << "see " << options.page << '\n';
  if (shared == 0 || quiet) return;
  const std::string file = file_of(options, sightings);
  if (file.empty()) {
    std::cout << "Next: kith cluster " << options.input
              << " --sightings faces.sightings, which keeps them to be named\n";
  } else {
    std::cout << "Next: kith name " << file << ' ' << grouped.groups.front().id << " NAME\n";
  }
}

Grouped cluster_input(ClusterArguments& options, bool sightings, bool embedder_chosen, RunInfo& made_by) {
  if (sightings) {
    Sightings file = Sightings::open(options.input);
    if (!embedder_chosen) options.stages.embedder = file.binding().name;
    const Stages stages(options.stages);
    made_by = cli::made_by(stages, "cluster");
    return cluster_sightings(file, stages.embedder(), options.job);
  }
  const Stages stages(options.stages);
  made_by = cli::made_by(stages, "cluster");
  Progress progress("photos");
  const auto report = [&](std::int64_t done, std::int64_t total) { progress.update(done, total); };
  if (options.sightings.empty())
    return cluster_folder(stages, options.input, options.job, interrupted, report);
  Sightings file = Sightings::open_or_create(options.sightings, stages.embedder().binding());
  note_place(options.people, PlaceKind::kSightings, options.sightings);
  return cluster_folder_into(file, stages, options.input, options.job, interrupted, report);
}

Exit run(ClusterArguments options, bool embedder_chosen) {
  const bool sightings = !std::filesystem::is_directory(options.input);
  if (sightings && !options.sightings.empty())
    throw Error(ErrorCode::kInvalidArgument, "--sightings: is for a folder; " + options.input + " is none");
  RunInfo made_by;
  const Grouped grouped = cluster_input(options, sightings, embedder_chosen, made_by);
  made_by.far = options.job.far;
  if (!grouped.interrupted) made_by.threshold = rounded_score(grouped.threshold);
  if (grouped.interrupted) {
    write_json(grouped, options, made_by);
    return Exit::kInterrupted;
  }
  say_passed_over({options.input}, true);
  if (!options.page.empty())
    write_file(options.page, contact_sheet(grouped, options.input, file_of(options, sightings), made_by),
               Access::kPrivate);
  write_json(grouped, options, made_by);
  if (options.json != "-") print(grouped, options, sightings);
  for (const auto& [source, why] : grouped.unreadable) complain(source, why);
  if (grouped.unreadable.empty()) return Exit::kDone;
  complain(std::to_string(grouped.unreadable.size()) + " of " + std::to_string(grouped.photos) + " failed");
  return Exit::kFailed;
}

}  // namespace

void add_cluster(Verbs& verbs) {
  auto options = std::make_shared<ClusterArguments>();
  CLI::App& verb = verbs.add("cluster", "Sort the unknown faces of a film, or of a folder, by person",
                             "  kith recognize film.mp4 --json film.jsonl --sightings film.sightings\n"
                             "  kith cluster film.sightings --page groups.html\n"
                             "  group 1: 4 faces: film.mp4 0:00:07.8, film.mp4 0:01:12.0, ...\n"
                             "  9 faces: 2 groups of two and more, 3 alone\n"
                             "  kith name film.sightings 1 \"Ada Lovelace\"");
  verb.add_option("SIGHTINGS_OR_FOLDER", options->input,
                  "What kith recognize --sightings kept, or a folder of photos")
      ->required()
      ->check(reads());
  verb.add_flag("--all", options->job.everybody, "Also tracks that have a name");
  verb.add_option("--sightings", options->sightings,
                  "Keep the faces of the folder's photos in this file, so that kith name can name groups")
      ->type_name("FILE")
      ->check(writes(Written::kSightings));
  verb.add_option("--page", options->page, "Contact sheet, one page without a network; it holds the faces")
      ->type_name("FILE")
      ->check(writes(Written::kPage));
  add_json_option(verb, options->json);
  verb.add_option("--far", options->job.far,
                  "Two strangers look alike at this rate; lower = smaller, purer groups")
      ->check(between(1e-9, 0.5));
  add_people_option(verb, options->people);
  add_stage_options(verb, options->stages);
  const CLI::Option* embedder = verb.get_option("--embedder");
  verbs.on(verb, [options, embedder] { return run(*options, embedder->count() > 0); });
}

}  // namespace kith::cli

// kith people: who is in people.kith. Nothing is embedded again but the new photos.
#include <kith/gallery.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/cli.h"
#include "cli/inputs.h"
#include "cli/people_file.h"
#include "cli/photo_report.h"
#include "cli/progress.h"
#include "core/person_name.h"
#include "core/result_lines.h"
#include "enrol/enrol.h"
#include "people/used_people.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct PeopleArguments {
  std::string people = "people.kith", json;
  std::string name, new_name;
  std::vector<std::string> photos;
  StageOptions stages;
};

Exit list(const PeopleArguments& options) {
  const Gallery gallery = open_people(options.people);
  std::size_t photos = 0;
  RunInfo made_by;
  made_by.verb = "people list";
  made_by.people = used_people(gallery.people(), options.people);
  made_by.far = gallery.far();
  ResultLines lines(options.json, made_by);
  for (const Person& person : gallery.people()) {
    photos += person.samples.size();
    Json sources = Json::array();
    for (const Sample& sample : person.samples) sources.push_back(sample.source);
    lines.write({{"name", person.name}, {"photos", person.samples.size()}, {"sources", sources}});
    if (options.json == "-") continue;
    std::cout << person.name << ": " << counted(static_cast<std::int64_t>(person.samples.size()), "photo")
              << '\n';
  }
  const std::string& embedder = gallery.binding().name;
  lines.finish({{"people", gallery.people().size()}, {"photos", photos}, {"embedder", embedder}});
  if (options.json == "-") return Exit::kDone;
  std::cout << counted(static_cast<std::int64_t>(gallery.people().size()), "name") << ", "
            << counted(static_cast<std::int64_t>(photos), "photo") << ", embedder " << embedder << '\n';
  return Exit::kDone;
}

Exit add(const PeopleArguments& options) {
  const std::string name = person_name(options.name);
  // The gallery's faults first: models take a while.
  std::optional<Gallery> gallery;
  std::error_code ignored;
  if (std::filesystem::exists(options.people, ignored) && !std::filesystem::is_empty(options.people, ignored))
    gallery = open_people(options.people);
  const Stages stages(options.stages);
  if (gallery) {
    require_embedder(*gallery, options.people, stages);
  } else {
    gallery = open_or_create_people(options.people, stages);
  }
  std::optional<Progress> progress(std::in_place, "photos");
  const EnrolReport report =
      enrol(stages, *gallery, name, options.photos, interrupted,
            [&](std::int64_t done, std::int64_t total) { progress->update(done, total); });
  progress.reset();
  say_passed_over(options.photos, true);
  ResultLines lines(options.json, cli::made_by(stages, "people add"));
  for (const auto& [path, why] : report.unreadable_inputs) lines.fail(path.string(), why);
  for (std::size_t i = 0; i < report.photos.size(); ++i)
    lines.write(photo_json(report.photos[i], report.outcomes[i], report.suspects));
  lines.finish({{"name", name}, {"added", report.added}, {"photos", report.enrolled}}, interrupted);
  if (options.json != "-") {
    print_unused(std::cout, report.photos, report.outcomes);
    print_suspects(std::cout, report.suspects);
    std::cout << "Added " << counted(report.added, "photo") << " of " << name << ", who has "
              << report.enrolled << " now, in " << options.people << '\n';
  }
  const std::int64_t failed = complain_about_failures(report.outcomes, report.unreadable_inputs);
  if (interrupted) return Exit::kInterrupted;
  return failed > 0 || report.enrolled == 0 ? Exit::kFailed : Exit::kDone;
}

// One line of JSON and one of text for a change of names.
void write_one(const PeopleArguments& options, const std::string& verb, const Json& json) {
  RunInfo made_by;
  made_by.verb = verb;
  ResultLines lines(options.json, made_by);
  lines.write(json);
  lines.finish(Json::object());
}

Exit done(const PeopleArguments& options, const std::string& verb, const Json& json,
          const std::string& text) {
  write_one(options, verb, json);
  if (options.json != "-") std::cout << text << '\n';
  return Exit::kDone;
}

constexpr const char* kTakenBack = "kith people undo takes this back";

Exit remove_some(const PeopleArguments& options, Gallery& gallery, const std::string& name) {
  const RemoveReport report = remove_photos(gallery, name, options.photos);
  write_one(options, "people remove", {{"removed_photos", report.removed}, {"name", name}});
  for (const std::string& photo : report.not_found) complain(photo + ": is not enrolled as " + name);
  if (options.json != "-" && !report.removed.empty()) {
    std::cout << "Removed " << counted(static_cast<std::int64_t>(report.removed.size()), "photo") << " of "
              << name << ", who has " << gallery.find(name)->samples.size() << " now; " << kTakenBack << '\n';
  }
  return report.not_found.empty() ? Exit::kDone : Exit::kFailed;
}

Exit remove(const PeopleArguments& options) {
  const std::string name = normal_name(options.name);
  Gallery gallery = open_people(options.people);
  if (!options.photos.empty()) return remove_some(options, gallery, name);
  gallery.remove(name);
  const std::string left = counted(static_cast<std::int64_t>(gallery.people().size()), "name");
  return done(options, "people remove", {{"removed", name}},
              "Removed " + name + " from " + options.people + "; " + left + " left\n" + kTakenBack +
                  ", kith forget " + quoted(name) + " leaves no way back");
}

Exit rename(const PeopleArguments& options) {
  const std::string from = normal_name(options.name), to = person_name(options.new_name);
  Gallery gallery = open_people(options.people);
  const bool merged = from != to && gallery.find(to) != nullptr;
  gallery.rename(from, to);
  const std::string text =
      from + " is " + to + " now" + (merged ? std::string(", with the photos of both; ") + kTakenBack : "");
  return done(options, "people rename", {{"renamed", from}, {"name", to}, {"merged", merged}}, text);
}

Exit undo(const PeopleArguments& options) {
  Gallery gallery = open_people(options.people);
  const Gallery::LastChange last = gallery.undo();
  const std::string names = counted(static_cast<std::int64_t>(gallery.people().size()), "name");
  return done(options, "people undo",
              {{"undone", last.what}, {"at", last.at}, {"people", gallery.people().size()}},
              "Took back: " + last.what + " (" + last.at + "); " + options.people + " has " + names + " now");
}

}  // namespace

void add_people(Verbs& verbs) {
  CLI::App& people = verbs.add("people", "List, add, remove, rename, check and undo people",
                               "  kith people add Ada ada1.jpg ada2.jpg");
  people.require_subcommand(1);
  auto options = std::make_shared<PeopleArguments>();
  const auto verb = [&](const char* name, const char* summary, const char* example,
                        Exit (*action)(const PeopleArguments&)) -> CLI::App& {
    CLI::App& sub = verbs.add(people, name, summary, example);
    verbs.on(sub, [options, action] { return action(*options); });
    return sub;
  };
  const auto shared = [&](CLI::App& sub) {
    add_people_option(sub, options->people);
    add_json_option(sub, options->json);
  };
  shared(verb("list", "Who is known, from how many photos",
              "  kith people list\n  Ada: 12 photos\n  1 name, 12 photos, embedder fr_feature", list));

  CLI::App& adding =
      verb("add", "Add photos of a person, who may be new",
           "  kith people add Ada ada1.jpg ada2.jpg\n  Added 2 photos of Ada, who has 14 now, in people.kith",
           add);
  adding.add_option("NAME", options->name, "Whose photos these are")->required();
  adding.add_option("PHOTO", options->photos, "Photos, or folders of photos, of this person alone")
      ->required()
      ->check(reads_each());
  shared(adding);
  add_stage_options(adding, options->stages);

  CLI::App& removing = verb("remove", "Take a person out, or photos of a person",
                            "  kith people remove Ada\n  Removed Ada from people.kith; 5 names left\n"
                            "  kith people undo takes this back, kith forget Ada leaves no way back",
                            remove);
  removing.add_option("NAME", options->name, "Whom to take out")->required();
  removing.add_option("PHOTO", options->photos, "Only these photos; NAME stays");
  shared(removing);

  add_people_check(verbs, people);

  CLI::App& renaming = verb("rename", "Give a person another name; a name that is taken merges the two",
                            "  kith people rename Ada \"Ada Lovelace\"\n  Ada is Ada Lovelace now", rename);
  renaming.add_option("OLD", options->name, "The name now")->required();
  renaming.add_option("NEW", options->new_name, "The name from now on")->required();
  shared(renaming);

  shared(verb("undo", "Take the last change back: add, remove, rename, reject, name, train; once",
              "  kith people undo\n  Took back: removed Ada (14 photos) (2026-11-26T12:00:00Z); ...", undo));
}

}  // namespace kith::cli

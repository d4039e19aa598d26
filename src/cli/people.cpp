// kith people: who is in people.kith. Nothing is embedded again but the new photos.
#include <kith/gallery.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/cli.h"
#include "cli/inputs.h"
#include "cli/photo_report.h"
#include "cli/progress.h"
#include "core/json_lines.h"
#include "enrol/enrol.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct Options {
  std::string people = "people.kith", json;
  std::string name, new_name;
  std::vector<std::string> photos;
  StageOptions stages;
};

Exit list(const Options& options) {
  const Gallery gallery = Gallery::open(options.people);
  std::size_t photos = 0;
  std::optional<JsonLines> lines;
  if (!options.json.empty()) lines.emplace(options.json);
  for (const Person& person : gallery.people()) {
    photos += person.samples.size();
    Json sources = Json::array();
    for (const Sample& sample : person.samples) sources.push_back(sample.source);
    if (lines) lines->write({{"name", person.name}, {"photos", person.samples.size()}, {"sources", sources}});
    if (options.json == "-") continue;
    std::cout << person.name << ": " << counted(static_cast<std::int64_t>(person.samples.size()), "photo")
              << '\n';
  }
  const std::string& embedder = gallery.binding().name;
  if (lines)
    lines->write(
        {{"summary", {{"people", gallery.people().size()}, {"photos", photos}, {"embedder", embedder}}}});
  if (options.json == "-") return Exit::kDone;
  std::cout << counted(static_cast<std::int64_t>(gallery.people().size()), "name") << ", "
            << counted(static_cast<std::int64_t>(photos), "photo") << ", embedder " << embedder << '\n';
  return Exit::kDone;
}

Exit add(const Options& options) {
  if (std::filesystem::exists(options.people))
    Gallery::open(options.people);  // its faults first: models take a while
  const Stages stages(options.stages);
  std::optional<Progress> progress(std::in_place, "photos");
  const EnrolReport report =
      enrol(stages, options.people, options.name, options.photos, interrupted,
            [&](std::int64_t done, std::int64_t total) { progress->update(done, total); });
  progress.reset();
  say_passed_over(options.photos, true);
  if (!options.json.empty()) {
    JsonLines lines(options.json);
    for (const auto& [path, why] : report.unreadable_inputs)
      lines.write({{"source", path.string()}, {"error", why}});
    for (std::size_t i = 0; i < report.photos.size(); ++i) {
      lines.write(photo_json(report.photos[i], report.outcomes[i], report.suspects));
    }
    lines.write(
        {{"summary", {{"name", options.name}, {"added", report.added}, {"photos", report.enrolled}}}});
  }
  if (options.json != "-") {
    print_unused(std::cout, report.photos, report.outcomes);
    print_suspects(std::cout, report.suspects);
    std::cout << "Added " << counted(report.added, "photo") << " of " << options.name << ", who has "
              << report.enrolled << " now, in " << options.people << '\n';
  }
  const std::int64_t failed = complain_about_failures(report.outcomes, report.unreadable_inputs);
  if (interrupted) return Exit::kInterrupted;
  return failed > 0 || report.enrolled == 0 ? Exit::kFailed : Exit::kDone;
}

// One line of JSON and one of text for a change of names.
Exit done(const Options& options, const Json& json, const std::string& text) {
  if (!options.json.empty()) JsonLines(options.json).write(json);
  if (options.json != "-") std::cout << text << '\n';
  return Exit::kDone;
}

Exit remove(const Options& options) {
  Gallery gallery = Gallery::open(options.people);
  gallery.remove(options.name);
  const std::string left = counted(static_cast<std::int64_t>(gallery.people().size()), "name");
  return done(options, {{"removed", options.name}},
              "Removed " + options.name + " from " + options.people + "; " + left + " left");
}

Exit rename(const Options& options) {
  Gallery gallery = Gallery::open(options.people);
  const bool merged = options.name != options.new_name && gallery.find(options.new_name) != nullptr;
  gallery.rename(options.name, options.new_name);
  const std::string text =
      options.name + " is " + options.new_name + " now" + (merged ? ", with the photos of both" : "");
  return done(options, {{"renamed", options.name}, {"name", options.new_name}}, text);
}

}  // namespace

void add_people(Verbs& verbs) {
  CLI::App& people = verbs.add("people", "List, add, remove, rename and check the people in people.kith",
                               "  kith people add Ada ada1.jpg ada2.jpg");
  people.require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto verb = [&](const char* name, const char* summary, const char* example,
                        Exit (*action)(const Options&)) -> CLI::App& {
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
      ->required();
  shared(adding);
  add_stage_options(adding, options->stages);

  CLI::App& removing = verb("remove", "Erase a person and all numbers made from their photos",
                            "  kith people remove Ada\n  Removed Ada from people.kith; 5 names left", remove);
  removing.add_option("NAME", options->name, "Whom to erase")->required();
  shared(removing);

  add_people_check(verbs, people);

  CLI::App& renaming = verb("rename", "Give a person another name; a name that is taken merges the two",
                            "  kith people rename Ada \"Ada Lovelace\"\n  Ada is Ada Lovelace now", rename);
  renaming.add_option("OLD", options->name, "The name now")->required();
  renaming.add_option("NEW", options->new_name, "The name from now on")->required();
  shared(renaming);
}

}  // namespace kith::cli

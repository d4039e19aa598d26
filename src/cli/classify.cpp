// kith classify: whose face is in each photo, and is that the name of its folder?
#include "enrol/classify.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "cli/cli.h"
#include "cli/inputs.h"
#include "cli/people_file.h"
#include "cli/photo_report.h"
#include "cli/progress.h"
#include "cli/words.h"
#include "core/result_lines.h"
#include "core/rounding.h"
#include "people/used_people.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct ClassifyArguments {
  std::vector<std::string> inputs;
  std::string people = "people.kith", json;
  StageOptions stages;
  std::optional<double> far;
  Classifier classifier = Classifier::kTemplates;
};

constexpr std::size_t kWidestTable = 100;  // characters; wider ones are listed answer by answer

std::string answer(const ClassifiedPhoto& photo) {
  if (photo.status == PhotoStatus::kNoFace) return "no face";
  return photo.name.value_or("unknown");
}

void print_confusion(std::ostream& out, const Classification& result) {
  const auto table = result.confusion();
  std::set<std::string> names;
  std::size_t first = 6;
  for (const auto& [folder, row] : table) {
    first = std::max(first, letter_count(folder));
    for (const auto& [name, n] : row) names.insert(name);
  }
  std::size_t width = first;
  for (const std::string& name : names) width += letter_count(name) + 2;
  if (width > kWidestTable) {
    out << "Folder: answers\n";
    for (const auto& [folder, row] : table) {
      out << folder << ':';
      for (const auto& [name, n] : row) out << (name == row.begin()->first ? " " : ", ") << name << ' ' << n;
      out << '\n';
    }
    return;
  }
  out << padded("folder", first);
  for (const std::string& name : names) out << "  " << name;
  out << '\n';
  for (const auto& [folder, row] : table) {
    out << padded(folder, first);
    for (const std::string& name : names) {
      const auto cell = row.find(name);
      out << "  " << padded(cell == row.end() ? "." : std::to_string(cell->second), letter_count(name), true);
    }
    out << '\n';
  }
}

void print(std::ostream& out, const Classification& result) {
  int index = 0;
  for (const ClassifiedPhoto& photo : result.photos) {
    if (photo.status != PhotoStatus::kUsed && photo.status != PhotoStatus::kNoFace) continue;
    char number[16],
        probability[16];  // the tutorial's "%4d  %s: %.3f" (davidsandberg/facenet src/classifier.py)
    std::snprintf(number, sizeof number, "%4d  ", index++);
    std::snprintf(probability, sizeof probability, ": %.3f\n", photo.confidence);
    out << number << answer(photo) << probability;
  }
  char accuracy[64];
  std::snprintf(accuracy, sizeof accuracy, "Accuracy: %.3f (%d of %d)\n", result.accuracy(), result.correct,
                result.images);
  out << accuracy;
  print_confusion(out, result);
}

nlohmann::ordered_json to_json(const ClassifiedPhoto& photo) {
  if (photo.status == PhotoStatus::kUnreadable) return {{"source", photo.source}, {"error", photo.error}};
  return {{"source", photo.source},
          {"folder", photo.folder},
          {"name", photo.name ? nlohmann::ordered_json(*photo.name) : nlohmann::ordered_json()},
          {"confidence", rounded_score(photo.confidence)},
          {"similarity", rounded_score(photo.similarity)}};
}

void write_json(const Classification& result, const std::string& json, const RunInfo& made_by) {
  ResultLines lines(json, made_by);
  for (const ClassifiedPhoto& photo : result.photos) {
    if (photo.status != PhotoStatus::kPending) lines.write(to_json(photo));
  }
  lines.finish({{"images", result.images},
                {"faces", result.faces},
                {"correct", result.correct},
                {"accuracy", result.images > 0 ? Json(rounded_figure(result.accuracy())) : Json()},
                {"unknown", result.unknown}},
               interrupted);
}

Exit run(const ClassifyArguments& options) {
  const Gallery gallery = open_people(options.people);
  const Stages stages(options.stages);
  require_embedder(gallery, options.people, stages);
  std::optional<Progress> progress(std::in_place, "photos");
  const Classification result =
      classify(stages, gallery, {options.inputs, options.far, options.classifier}, interrupted,
               [&](std::int64_t done, std::int64_t total) { progress->update(done, total); });
  progress.reset();
  say_passed_over(options.inputs, true);
  RunInfo made_by = cli::made_by(stages, "classify");
  made_by.people = used_people(gallery.people(), options.people);
  made_by.far = options.far.value_or(gallery.far());
  made_by.options.emplace_back("classifier", options.classifier == Classifier::kSvm ? "svm" : "templates");
  write_json(result, options.json, made_by);
  if (options.json != "-") print(std::cout, result);
  for (const ClassifiedPhoto& photo : result.photos) {
    if (photo.status != PhotoStatus::kUnreadable) continue;
    complain(photo.source, photo.error);
  }
  if (result.failed > 0)
    complain(std::to_string(result.failed) + " of " + std::to_string(result.photos.size()) + " failed");
  if (interrupted) return Exit::kInterrupted;
  return result.failed > 0 ? Exit::kFailed : Exit::kDone;
}

}  // namespace

void add_classify(Verbs& verbs) {
  CLI::App& verb =
      verbs.add("classify", "Name the face in each photo and compare with its folder",
                "  kith classify test/        # test/Ada/*.jpg, test/Bea/*.jpg, ...\n"
                "     0  Ada: 0.912\n"
                "     ...\n"
                "  Accuracy: 0.969 (31 of 32)\n"
                "A photo counts as right when it gets its folder's name or, where nobody of that\n"
                "name is known, none.");
  auto options = std::make_shared<ClassifyArguments>();
  verb.add_option("PHOTOS", options->inputs,
                  "Folders with a folder of photos for each person; chips; single photos")
      ->required()
      ->check(reads_each());
  add_people_option(verb, options->people);
  add_naming_options(verb, options->far, options->classifier);
  add_json_option(verb, options->json);
  add_stage_options(verb, options->stages);
  verbs.on(verb, [options] { return run(*options); });
}

}  // namespace kith::cli

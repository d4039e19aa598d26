// kith train: folders of photos or chips of people -> people.kith.
#include "enrol/train.h"

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/cli.h"
#include "cli/photo_report.h"
#include "cli/progress.h"
#include "core/json_lines.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> inputs;
  std::string people = "people.kith", json;
  double far = 1e-3;
  StageOptions stages;
};

std::string percent(int part, int whole) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", whole > 0 ? 100.0 * part / whole : 0.0);
  return text;
}

void print_validation(std::ostream& out, const TrainReport& report) {
  const CrossValidation& v = report.validation;
  if (v.photos == 0) {
    out << "Too few photos for a cross-validation: give each person two or more, better ten.\n";
    return;
  }
  out << "Cross-validated on " << counted(v.photos, "photo") << " (" << v.folds
      << " folds): " << percent(v.correct, v.photos) << " named right, " << percent(v.wrong, v.photos)
      << " named wrong, " << percent(v.unknown, v.photos)
      << " unknown; nearest template right: " << percent(v.template_correct, v.photos) << '\n';
}

void print(std::ostream& out, const TrainReport& report, const Options& options) {
  const auto counts = report.counts();
  out << counted(static_cast<std::int64_t>(report.photos.size()), "photo") << ": "
      << counts.at(PhotoStatus::kUsed) << " used, " << counts.at(PhotoStatus::kNoFace) << " without a face, "
      << counts.at(PhotoStatus::kUnreadable) << " unreadable, " << counts.at(PhotoStatus::kDuplicate)
      << " duplicate, " << counts.at(PhotoStatus::kNoPerson) << " in no person's folder\n";
  for (const auto& [name, photos] : report.people)
    out << "  " << name << ": " << counted(photos, "photo") << '\n';
  print_unused(out, report.photos, report.outcomes);
  print_validation(out, report);
  print_suspects(out, report.suspects);
  if (!report.threshold) {
    out << "The embedder has no thresholds, so that nobody can be unknown: kith model calibrate "
        << options.stages.embedder << " --strangers DIR\n";
  }
  if (!report.written) return;
  const std::string file = options.people == "people.kith" ? "" : " --people " + options.people;
  out << "Wrote " << options.people << ": "
      << counted(static_cast<std::int64_t>(report.people.size()), "name")
      << ". Next: kith recognize VIDEO_OR_PHOTOS" << file << '\n';
}

void write_json(const TrainReport& report, const Options& options) {
  JsonLines lines(options.json);
  for (const auto& [path, why] : report.unreadable_inputs)
    lines.write({{"source", path.string()}, {"error", why}});
  for (std::size_t i = 0; i < report.photos.size(); ++i) {
    lines.write(photo_json(report.photos[i], report.outcomes[i], report.suspects));
  }
  const auto counts = report.counts();
  const CrossValidation& v = report.validation;
  const auto share = [&](int part) {
    return v.photos > 0 ? Json(static_cast<double>(part) / v.photos) : Json();
  };
  lines.write({{"summary",
                {{"people", report.people.size()},
                 {"photos", report.photos.size()},
                 {"used", counts.at(PhotoStatus::kUsed)},
                 {"no_face", counts.at(PhotoStatus::kNoFace)},
                 {"unreadable", counts.at(PhotoStatus::kUnreadable)},
                 {"duplicates", counts.at(PhotoStatus::kDuplicate)},
                 {"no_person", counts.at(PhotoStatus::kNoPerson)},
                 {"accuracy", share(v.correct)},
                 {"wrong", share(v.wrong)},
                 {"unknown", share(v.unknown)},
                 {"template_accuracy", share(v.template_correct)},
                 {"mislabelled", report.suspects.size()},
                 {"written", report.written}}}});
}

std::string untouched(const std::string& people) {
  return people + (std::filesystem::exists(people) ? " is as it was" : " was not made");
}

Exit run(const Options& options) {
  const Stages stages(options.stages);
  const TrainOptions train_options{options.inputs, options.people, options.far};
  std::optional<Progress> progress(std::in_place, "photos");
  const TrainReport report =
      train(stages, train_options, interrupted,
            [&](std::int64_t done, std::int64_t total) { progress->update(done, total); });
  progress.reset();
  if (!options.json.empty()) write_json(report, options);
  if (options.json != "-") print(std::cout, report, options);
  const std::int64_t failed = complain_about_failures(report.outcomes, report.unreadable_inputs);
  if (interrupted) {
    complain("interrupted; " + untouched(options.people));
    return Exit::kInterrupted;
  }
  if (!report.written) complain("no face in any photo; " + untouched(options.people));
  return failed > 0 || !report.written ? Exit::kFailed : Exit::kDone;
}

}  // namespace

void add_train(Verbs& verbs) {
  CLI::App& verb = verbs.add("train", "Learn people from folders of their photos",
                             "  kith train photos/     # photos/Ada/*.jpg, photos/Bea/*.jpg -> people.kith\n"
                             "  Cross-validated on 72 photos (5 folds): 100.0 % named right, ...\n"
                             "  Wrote people.kith: 6 names. Next: kith recognize VIDEO_OR_PHOTOS");
  auto options = std::make_shared<Options>();
  verb.add_option("PHOTOS_OR_CHIPS", options->inputs,
                  "A folder with a folder of photos for each person, or of kith align's chips")
      ->required()
      ->check(reads_each());
  add_people_option(verb, options->people, writes(Written::kGallery));
  verb.add_option("--far", options->far, "How often a stranger may get any name, from now on")
      ->type_name("RATE")
      ->check(CLI::Range(1e-9, 0.5));
  add_json_option(verb, options->json);
  add_stage_options(verb, options->stages);
  verbs.on(verb, [options] { return run(*options); });
}

}  // namespace kith::cli

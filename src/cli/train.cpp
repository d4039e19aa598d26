// kith train: folders of photos or chips of people -> people.kith.
#include "enrol/train.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/cli.h"
#include "cli/inputs.h"
#include "cli/people_file.h"
#include "cli/photo_report.h"
#include "cli/progress.h"
#include "core/result_lines.h"
#include "core/rounding.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct TrainArguments {
  std::vector<std::string> inputs;
  std::string people = "people.kith", json;
  std::optional<double> far;
  bool replace = false;
  StageOptions stages;
};

std::string percent(int part, int whole) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", whole > 0 ? 100.0 * part / whole : 0.0);
  return text;
}

void print_validation(std::ostream& out, const TrainReport& report) {
  const CrossValidation& v = report.validation;
  if (v.left_out) {
    out << "More than " << CrossValidation::kMostPhotos
        << " photos: no cross-validation; kith evaluate identify measures\n";
    return;
  }
  if (report.people.size() + report.kept.size() < 2) {
    out << "Nobody to be mistaken for: a cross-validation needs a second person.\n";
    return;
  }
  if (v.photos == 0) {
    out << "Too few photos for a cross-validation: give each person two or more, better ten.\n";
    return;
  }
  out << "Cross-validated on " << counted(v.photos, "photo") << " (" << v.folds
      << " folds): " << percent(v.correct, v.photos) << " named right, " << percent(v.wrong, v.photos)
      << " named wrong, " << percent(v.unknown, v.photos)
      << " unknown; nearest template right: " << percent(v.template_correct, v.photos) << '\n';
}

const char* word_for(const PersonChange& change) {
  if (change.is_new) return "new";
  return change.added + change.changed + change.removed > 0 ? "changed" : "same";
}

void print_people(std::ostream& out, const TrainReport& report) {
  for (const PersonChange& change : report.people) {
    out << "  " << change.name << ": " << counted(change.photos, "photo");
    if (change.is_new) out << ", new";
    if (!change.is_new && change.added > 0) out << ", " << change.added << " added";
    if (change.changed > 0) out << ", " << change.changed << " seen otherwise than before";
    if (change.removed > 0) out << ", " << change.removed << " taken out (no longer in the folder)";
    out << '\n';
  }
  constexpr std::size_t kHandful = 8;
  if (report.kept.empty()) return;
  out << "  kept as they are, in none of these folders: ";
  for (std::size_t i = 0; i < std::min(report.kept.size(), kHandful); ++i)
    out << (i > 0 ? ", " : "") << report.kept[i];
  if (report.kept.size() > kHandful) out << " and " << report.kept.size() - kHandful << " more";
  out << '\n';
}

void print_doubts(std::ostream& out, const TrainReport& report, const std::string& file) {
  for (const auto& [folder, why] : report.nobody) out << "nobody: " << folder << ": " << why << '\n';
  for (const auto& [folder, groups] : report.mixed) {
    out << "several people? " << folder << ": faces unlike each other, in "
        << counted(std::ssize(groups), "group") << " of at most "
        << counted(static_cast<std::int64_t>(groups.front()), "face")
        << "; each person's photos belong in a folder of their own\n";
  }
  for (const TrainReport::Nested& nested : report.nested) {
    out << "several people? " << nested.name << " has photos of " << nested.folder << " and " << nested.other
        << ", which are unlike each other; each person's folder has to lie directly in what is trained\n";
  }
  for (const TrainReport::SamePhotos& same : report.same_photos) {
    if (same.photos > 0) {
      out << "same photos: " << same.name << " and " << same.other << " share "
          << counted(same.photos, "photo");
    } else {
      out << "same name: " << same.name << " and " << same.other << " differ in case only";
    }
    out << "; one person? then: kith people rename " << quoted(same.name) << ' ' << quoted(same.other) << file
        << '\n';
  }
}

void print(std::ostream& out, const TrainReport& report, const TrainArguments& options) {
  const std::string file = options.people == "people.kith" ? "" : " --people " + quoted(options.people);
  const auto counts = report.counts();
  out << counted(static_cast<std::int64_t>(report.photos.size()), "photo") << ": "
      << counts.at(PhotoStatus::kUsed) << " used, " << counts.at(PhotoStatus::kNoFace) << " without a face, "
      << counts.at(PhotoStatus::kUnreadable) << " unreadable, " << counts.at(PhotoStatus::kDuplicate)
      << " duplicate, " << counts.at(PhotoStatus::kNoPerson) << " in no person's folder";
  if (counts.at(PhotoStatus::kRejected) > 0) out << ", " << counts.at(PhotoStatus::kRejected) << " rejected";
  out << '\n';
  print_people(out, report);
  print_unused(out, report.photos, report.outcomes);
  print_doubts(out, report, file);
  if (!report.written) return;
  print_validation(out, report);
  print_suspects(out, report.suspects);
  if (!report.threshold) {
    out << "The embedder has no thresholds, so that nobody can be unknown: kith model calibrate "
        << options.stages.embedder << " --strangers DIR\n";
  }
  out << "Wrote " << options.people << ": "
      << counted(static_cast<std::int64_t>(report.people.size() + report.kept.size()), "name")
      << ". Next: kith recognize VIDEO_OR_PHOTOS" << file << '\n';
}

void write_json(const TrainReport& report, const TrainArguments& options, RunInfo made_by) {
  made_by.far = report.written ? report.far : options.far;
  if (report.threshold) made_by.threshold = rounded_score(*report.threshold);
  ResultLines lines(options.json, std::move(made_by));
  for (const auto& [path, why] : report.unreadable_inputs)
    lines.write({{"source", path.string()}, {"error", why}});
  for (std::size_t i = 0; i < report.photos.size(); ++i) {
    lines.write(photo_json(report.photos[i], report.outcomes[i], report.suspects));
  }
  for (const PersonChange& change : report.people) {
    lines.write({{"person", change.name},
                 {"change", word_for(change)},
                 {"photos", change.photos},
                 {"added", change.added},
                 {"changed", change.changed},
                 {"removed", change.removed}});
  }
  for (const std::string& name : report.kept) lines.write({{"person", name}, {"change", "kept"}});
  for (const auto& [folder, why] : report.nobody) lines.write({{"folder", folder}, {"nobody", why}});
  for (const auto& [folder, groups] : report.mixed) lines.write({{"folder", folder}, {"groups", groups}});
  for (const TrainReport::Nested& nested : report.nested)
    lines.write({{"person", nested.name}, {"unlike_folders", {nested.folder, nested.other}}});
  for (const TrainReport::SamePhotos& same : report.same_photos)
    lines.write({{"person", same.name}, {"same_photos_as", same.other}, {"photos", same.photos}});
  const auto counts = report.counts();
  const CrossValidation& v = report.validation;
  const auto share = [&](int part) {
    return v.photos > 0 ? Json(rounded_figure(static_cast<double>(part) / v.photos)) : Json();
  };
  lines.finish({{"people", report.people.size() + report.kept.size()},
                {"photos", report.photos.size()},
                {"used", counts.at(PhotoStatus::kUsed)},
                {"no_face", counts.at(PhotoStatus::kNoFace)},
                {"unreadable", counts.at(PhotoStatus::kUnreadable)},
                {"duplicates", counts.at(PhotoStatus::kDuplicate)},
                {"no_person", counts.at(PhotoStatus::kNoPerson)},
                {"rejected", counts.at(PhotoStatus::kRejected)},
                {"accuracy", share(v.correct)},
                {"wrong", share(v.wrong)},
                {"unknown", share(v.unknown)},
                {"template_accuracy", share(v.template_correct)},
                {"mislabelled", report.suspects.size()},
                {"written", report.written}},
               interrupted);
}

std::string as_it_was(const std::string& people) {
  std::error_code ignored;
  return std::filesystem::exists(people, ignored) ? "; " + people + " is as it was" : "; nothing was written";
}

Exit run(const TrainArguments& options) {
  const Stages stages(options.stages);
  std::error_code ignored;
  if (!options.replace && std::filesystem::exists(options.people, ignored))
    open_or_create_people(options.people, stages);  // its faults, with advice
  const TrainOptions train_options{options.inputs, options.people, options.far, options.replace};
  std::optional<Progress> progress(std::in_place, "photos");
  const TrainReport report =
      train(stages, train_options, interrupted,
            [&](std::int64_t done, std::int64_t total) { progress->update(done, total); });
  progress.reset();
  say_passed_over(options.inputs, true);
  write_json(report, options, cli::made_by(stages, "train"));
  if (options.json != "-") print(std::cout, report, options);
  const std::int64_t failed = complain_about_failures(report.outcomes, report.unreadable_inputs);
  if (interrupted) {
    complain("interrupted" +
             (report.written ? "; " + options.people + " is written" : as_it_was(options.people)));
    return Exit::kInterrupted;
  }
  if (report.written) return failed > 0 ? Exit::kFailed : Exit::kDone;
  if (report.mixed.empty()) {
    complain("nobody to learn" + as_it_was(options.people));
  } else {
    complain("these photos show several people" + as_it_was(options.people) +
             ". Who is alike: kith cluster " + quoted(options.inputs.front()) +
             ". If it is one person: kith people add NAME " + quoted(options.inputs.front()));
  }
  return Exit::kFailed;
}

}  // namespace

void add_train(Verbs& verbs) {
  CLI::App& verb = verbs.add("train", "Learn people from folders of their photos",
                             "  kith train photos/     # photos/Ada/*.jpg, photos/Bea/*.jpg -> people.kith\n"
                             "  Cross-validated on 72 photos (5 folds): 100.0 % named right, ...\n"
                             "  Wrote people.kith: 6 names. Next: kith recognize VIDEO_OR_PHOTOS");
  auto options = std::make_shared<TrainArguments>();
  verb.add_option("PHOTOS_OR_CHIPS", options->inputs,
                  "A folder with a folder of photos for each person, or of kith align's chips. Who is in "
                  "none of them stays")
      ->required()
      ->check(reads_each());
  add_people_option(verb, options->people, writes(Written::kGallery));
  verb.add_option("--far", options->far,
                  "How often a stranger may get any name, from now on [0.001 at first]")
      ->type_name("RATE")
      ->check(between(1e-9, 0.5));
  verb.add_flag("--replace", options->replace, "Begin anew; what was there stays beside it as people.kith~");
  add_json_option(verb, options->json);
  add_stage_options(verb, options->stages);
  verbs.on(verb, [options] { return run(*options); });
}

}  // namespace kith::cli

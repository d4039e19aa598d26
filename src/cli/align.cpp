#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "align/align_job.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "core/result_lines.h"

namespace kith::cli {
namespace {

// The tutorial's crop: 160 px with 32 px of margin (davidsandberg/facenet, "Validate on LFW").
constexpr int kImageSize = 160;
constexpr int kMargin = 32;

struct AlignArguments {
  AlignOptions align;
  StageOptions stages;
  std::optional<int> image_size;
  std::optional<int> margin;
  std::optional<double> gpu_memory_fraction;
  std::string json, people = "people.kith";
};

ChipsManifest manifest_of(const AlignArguments& options) {
  ChipsManifest manifest;
  if (options.image_size || options.margin) {
    manifest.geometry = box_crop(options.image_size.value_or(kImageSize), options.margin.value_or(kMargin));
  } else {
    manifest.geometry = chip_geometry_of(options.stages.embedder);
    manifest.embedder = options.stages.embedder;
  }
  manifest.detector = options.stages.detector;
  manifest.options = {
      {"landmarks", options.stages.landmarks},
      {"min_face", options.stages.min_face_px > 0 ? std::to_string(options.stages.min_face_px) : "auto"},
      {"min_face_score", fmt::format("{:g}", options.stages.min_face_score.value_or(kPhotoFaceScore))},
      {"turned", to_string(options.stages.turned)},
      {"multiple_faces", options.align.multiple_faces ? "all" : "main"}};
  return manifest;
}

void print_summary(const AlignReport& report, const AlignOptions& options) {
  for (const auto& [status, count] : report.counts()) {
    if (count > 0 || status == AlignStatus::kAligned)
      std::printf("%8lld  %s\n", static_cast<long long>(count), title(status).c_str());
  }
  std::printf("%8zu  inputs, %lld chips (%s)\n", report.items.size(), static_cast<long long>(report.chips()),
              describe(options.manifest.geometry).c_str());
  std::printf("Audit: %s\n", (options.output / "audit.html").c_str());
}

Exit align(AlignArguments options) {
  if (options.gpu_memory_fraction) complain("note: --gpu-memory-fraction has no effect here");
  options.align.manifest = manifest_of(options);
  options.align.min_face_px = options.stages.min_face_px;
  options.align.workers = one_thread_a_picture(options.stages);
  StageOptions detecting = options.stages;
  detecting.embedder.clear();
  const Stages stages(detecting);
  RunInfo& made_by = options.align.made_by;
  made_by = cli::made_by(stages, "align");
  made_by.options.emplace_back("geometry", describe(options.align.manifest.geometry));
  made_by.options.emplace_back("multiple_faces", options.align.multiple_faces);
  Progress progress("photos");
  const AlignReport report =
      align_folder(stages, options.align, interrupted,
                   [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  Progress::clear_line();
  for (const AlignItem& item : report.items) {
    if (!item.error.empty()) complain(item.source, item.error);
  }
  ResultLines lines(options.json, options.align.made_by);
  for (const AlignItem& item : report.items) lines.write(to_json(item));
  lines.finish(summary_json(report)["summary"], report.interrupted);
  if (options.json != "-") print_summary(report, options.align);
  const auto counts = report.counts();
  if (report.interrupted) {
    complain("interrupted with " + std::to_string(counts.at(AlignStatus::kPending)) +
             " photos to go: the same command goes on from here");
    return Exit::kInterrupted;
  }
  const std::int64_t failed = counts.at(AlignStatus::kUnreadable) + counts.at(AlignStatus::kNotWritten);
  if (failed == 0) return Exit::kDone;
  complain(std::to_string(failed) + " of " + std::to_string(report.items.size()) + " failed");
  return Exit::kFailed;
}

}  // namespace

void add_align(Verbs& verbs) {
  CLI::App& verb = verbs.add("align", "Cut the faces out of photos and report on every photo",
                             "  kith align samples/raw chips/\n"
                             "        72  aligned\n"
                             "        72  inputs, 72 chips (112x112 5-point template)\n"
                             "  Audit: chips/audit.html");
  auto options = std::make_shared<AlignArguments>();
  verb.add_option("RAW", options->align.input, "A folder of photos, best one folder a person")
      ->type_name("DIR")
      ->required()
      ->check(reads());
  verb.add_option("CHIPS", options->align.output, "Where the chips go, in the same tree")
      ->type_name("DIR")
      ->required()
      ->check(writes(Written::kChips));
  verb.add_option("--image-size", options->image_size,
                  "Cut out the box, not aligned, stretched to this size; 160 if only --margin is given")
      ->type_name("PX")
      ->check(between(16, 1024));
  verb.add_option(
          "--margin", options->margin,
          "Cut out the box and this much more an axis, px of the photo; 32 if only --image-size is given")
      ->type_name("PX")
      ->check(between(0, 10000));
  verb.add_flag("--random-order", options->align.random_order, "Take the photos in random order");
  verb.add_flag("--detect-multiple-faces", options->align.multiple_faces,
                "Cut out all faces of a photo: 01_0.png, 01_1.png");
  verb.add_option("--gpu-memory-fraction", options->gpu_memory_fraction,
                  "Ignored; the tutorial's commands have it")
      ->type_name("SHARE");
  add_json_option(verb, options->json);
  add_people_option(verb, options->people);  // whose `kith forget` finds the chips
  add_stage_options(verb, options->stages);
  verb.remove_option(verb.get_option("--flip"));  // nothing is embedded here
  verbs.on(verb, [options] { return align(*options); });
}

}  // namespace kith::cli

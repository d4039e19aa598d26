// kith evaluate detect: a detector against boxes.
#include "evaluate/evaluate_detect.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/photo_report.h"
#include "cli/progress.h"
#include "core/files.h"
#include "core/result_lines.h"
#include "core/rounding.h"

namespace kith::cli {
namespace {

struct DetectionArguments {
  DetectOptions detect;
  StageOptions stages;
  std::string boxes, json, html;
};

void print(const char* name, const Figure& figure) {
  std::cout << fmt::format("{:<28}", name);
  if (!figure.value) {
    std::cout << "-\n";
    return;
  }
  std::cout << fmt::format("{:.4f}", *figure.value);
  if (figure.interval)
    std::cout << fmt::format("  [{:.4f}, {:.4f}]", figure.interval->low, figure.interval->high);
  std::cout << '\n';
}

void print(const DetectReport& report) {
  std::cout << counted(report.pictures, "picture") << ", " << counted(report.faces, "face") << ", "
            << report.ignored << " ignored\n";
  print("Average precision:", report.ap);
  print("Precision:", report.precision);
  print("Recall:", report.recall);
  print("False detections a picture:", report.false_per_picture);
  std::cout << "Recall by the height of the box, px:\n";
  for (const SizeBin& bin : report.by_size) {
    if (bin.faces == 0) continue;
    std::cout << fmt::format("  {:<9} {:>6} of {:<6} {:.4f}  [{:.4f}, {:.4f}]\n", bin.name(), bin.found,
                             bin.faces, bin.recall(), bin.interval().low, bin.interval().high);
  }
}

Exit finish(const DetectReport& report) {
  if (report.failed.empty()) return Exit::kDone;
  for (const UnscoredPicture& picture : report.failed) {
    complain(picture.error.find(picture.source) != std::string::npos ? picture.error
                                                                     : picture.source + ": " + picture.error);
  }
  complain(fmt::format("{} of {} pictures failed; their {} faces are not scored", report.failed.size(),
                       report.pictures + std::ssize(report.failed), report.faces_not_scored()));
  return Exit::kFailed;
}

Exit evaluate(DetectionArguments options) {
  options.detect.workers = one_thread_a_picture(options.stages);
  options.detect.min_face_score = options.stages.min_face_score.value_or(kPhotoFaceScore);
  options.stages.min_face_score = 0;  // the average precision is of all that is found
  std::vector<BoxedPicture> pictures =
      parse_boxes(read_file(options.boxes), options.boxes);  // its faults first
  const Stages stages(options.stages);
  DetectReport report;
  {
    Progress progress("pictures");
    report = evaluate_detect(stages, std::move(pictures), options.detect, interrupted,
                             [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  }
  RunInfo made_by = cli::made_by(stages, "evaluate detect");
  made_by.options.emplace_back("boxes", options.boxes);
  made_by.options.emplace_back("iou", rounded_figure(options.detect.iou));
  ResultLines lines(options.json, made_by);
  for (const UnscoredPicture& picture : report.failed) lines.fail(picture.source, picture.error);
  if (report.interrupted) {
    lines.finish(nlohmann::ordered_json::object(), true);
    return Exit::kInterrupted;
  }
  report.detector = options.stages.detector;
  report.min_face_px = options.stages.min_face_px;
  lines.write(to_json(report));
  lines.finish(nlohmann::ordered_json::object());
  if (!options.html.empty()) {
    write_file(options.html,
               detect_html(report, "Detection with " + report.detector + " on " + options.boxes, made_by),
               Access::kPrivate);
  }
  if (options.json != "-") {
    print(report);
    if (!options.html.empty() && !quiet) std::cout << "see " << options.html << '\n';
  }
  return finish(report);
}

}  // namespace

void add_evaluate_detect(Verbs& verbs, CLI::App& parent) {
  CLI::App& verb = verbs.add(parent, "detect", "A detector against boxes: average precision, recall by size",
                             "  kith evaluate detect --boxes wider_face_val_bbx_gt.txt \\\n"
                             "                       --images WIDER_val/images --html detect.html");
  auto options = std::make_shared<DetectionArguments>();
  verb.add_option("--boxes", options->boxes, "WIDER FACE's list, path,x,y,w,h, or kith detect --json")
      ->type_name("FILE")
      ->required()
      ->check(reads());
  verb.add_option("--images", options->detect.images, "Where the list's paths begin")
      ->type_name("DIR")
      ->required()
      ->check(reads());
  verb.add_option("--iou", options->detect.iou, "Overlap from which a face is found")
      ->type_name("SHARE")
      ->check(between(0.01, 1.0));
  add_json_option(verb, options->json);
  verb.add_option("--html", options->html, "Write a page with the figures")
      ->type_name("FILE")
      ->check(writes(Written::kPage));
  add_stage_options(verb, options->stages, false);
  verbs.on(verb, [options] { return evaluate(*options); });
}

}  // namespace kith::cli

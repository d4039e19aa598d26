#include <kith/sink.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include "cli/cli.h"
#include "cli/inputs.h"
#include "core/rounding.h"
#include "sidecar/face_json.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct DetectOptions {
  std::vector<std::string> inputs;
  StageOptions stages;
  SourceOptions reading;
  std::string out;
  bool overwrite = false;
  std::string json;
};

std::string text_of(const Frame& frame, const std::vector<Face>& faces) {
  std::string text =
      frame.source + ": " + std::to_string(faces.size()) + (faces.size() == 1 ? " face" : " faces");
  for (const Face& face : faces) {
    char line[96];
    std::snprintf(line, sizeof line, "\n  %.0fx%.0f px at %.0f,%.0f  score %.3f", face.box.width,
                  face.box.height, face.box.x, face.box.y, face.score);
    text += line;
  }
  return text;
}

void draw(cv::Mat& image, const std::vector<Face>& faces) {
  const int line = std::max(1, cvRound(std::min(image.cols, image.rows) / 300.0));
  for (const Face& face : faces) {
    cv::rectangle(image, cv::Rect(face.box), {80, 220, 80}, line, cv::LINE_AA);
    for (const cv::Point2f& point : face.landmarks) {
      cv::circle(image, point, line + 1, {40, 120, 255}, cv::FILLED, cv::LINE_AA);
    }
  }
}

Exit detect(const DetectOptions& options) {
  const Stages stages(options.stages);
  const std::unique_ptr<Sink> sink =
      options.out.empty() ? nullptr : make_overlay_sink(options.out, options.overwrite);
  Summary summary;
  InputActions actions;
  actions.made_by = cli::made_by(stages, "detect");
  actions.reading = options.reading;
  LookOptions looking;
  actions.begin = [&](const SourceInfo& source) {
    looking.of_film = is_moving(source.kind);
    if (sink) sink->begin(source);
  };
  actions.answer = [&](const Frame& frame) {
    const std::vector<Face> faces = stages.detect(frame.image, looking);
    if (sink) {
      Frame drawn = frame;
      drawn.image = frame.image.clone();
      draw(drawn.image, faces);
      sink->write(drawn, {});
    }
    ++summary.frames;
    Json list = Json::array();
    for (const Face& face : faces) list.push_back(face_json(face));
    return Answer{{{"width", frame.image.cols}, {"height", frame.image.rows}, {"faces", list}},
                  text_of(frame, faces)};
  };
  const Exit exit = answer_each(options.inputs, options.json, actions);
  summary.interrupted = interrupted;
  if (sink) sink->finish(summary);
  return exit;
}

}  // namespace

void add_detect(Verbs& verbs) {
  CLI::App& verb = verbs.add("detect", "Find faces and their landmarks",
                             "  kith detect samples/raw/amara/01.jpg\n"
                             "  samples/raw/amara/01.jpg: 1 face\n"
                             "    135x172 px at 101,73  score 1.000");
  auto options = std::make_shared<DetectOptions>();
  add_inputs(verb, options->inputs);
  verb.add_option("-o,--out", options->out, "Draw the faces: a picture, folder or video, as the input is")
      ->type_name("PATH")
      ->check(writes(Written::kCopies));
  add_json_option(verb, options->json);
  add_source_options(verb, options->reading);
  add_stage_options(verb, options->stages, false);
  const CLI::Option* overwrite = verb.get_option("--overwrite");
  verbs.on(verb, [options, overwrite] {
    options->overwrite = overwrite->count() > 0;
    return detect(*options);
  });
}

}  // namespace kith::cli

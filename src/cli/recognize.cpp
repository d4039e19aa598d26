// kith recognize: photos, folders, videos and cameras with names on the faces.
#include <fmt/format.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "cli/cli.h"
#include "cli/known_people.h"
#include "cli/outputs.h"
#include "cli/people_file.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/sources.h"
#include "cli/summary_text.h"
#include "core/line_file.h"
#include "core/rounding.h"
#include "enrol/train.h"
#include "people/used_people.h"
#include "sightings/sightings_sink.h"

namespace kith::cli {
namespace {

struct RecognizeOptions {
  std::vector<std::string> inputs{"0"};
  std::string people = "people.kith";
  bool people_given = false;
  bool overwrite = false;
  bool repeat_names = false;
  std::optional<double> far;
  Classifier classifier = Classifier::kTemplates;
  std::string json, csv, srt, out, sightings;
  bool show = false;
  std::string detect_every = "auto";
  StageOptions stages;
  SourceOptions reading;
  bool data_on_stdout() const { return any_on_stdout({json, csv, srt}); }
};

// Small faces matter in a photo; in a video they are many frames' work for little (40 px, as the issue of
// speed asks).
constexpr int kVideoMinFace = 40;

// One line a photo on stdout, and the progress of the rest on the terminal.
class TerminalSink final : public Sink {
 public:
  explicit TerminalSink(bool print_photos) : print_photos_(print_photos) {}

  void begin(const SourceInfo& source) override {
    source_ = source;
    finish_outputs_first();
    progress_.emplace("frames", source.frames);
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) return complain(frame.source, *frame.failure);
    if (!print_photos_ || is_moving(source_.kind)) return;
    Progress::clear_line();
    std::cout << frame.source << ':';
    std::vector<const RecognizedFace*> in_order;  // as one reads the picture: from the left
    for (const RecognizedFace& face : faces) in_order.push_back(&face);
    std::ranges::stable_sort(in_order, {}, [](const RecognizedFace* face) { return face->face.box.x; });
    for (const RecognizedFace* face : in_order) {
      std::cout << (face == in_order.front() ? " " : ", ")
                << face->identity.name.value_or(to_string(face->identity.state));
      if (face->identity.name) std::cout << fmt::format(" {:.2f}", face->identity.confidence);
    }
    std::cout << (faces.empty() ? " no face" : "") << std::endl;  // at once, for who reads along
  }

  void progress(std::int64_t frames) override {
    if (progress_) progress_->update(frames);
  }
  bool wants_pictures() const override { return false; }
  void finish(const Summary&) override { progress_.reset(); }

 private:
  bool print_photos_;
  SourceInfo source_;
  std::optional<Progress> progress_;
};

std::unique_ptr<Sink> make_outputs(const RecognizeOptions& options, const Embedder& embedder,
                                   const RunInfo& made_by, int& failed) {
  std::vector<std::unique_ptr<Sink>>
      sinks;  // first those that may refuse a source, before others begin a file
  if (!options.out.empty())
    sinks.push_back(
        make_overlay_sink(options.out, options.overwrite, [](const std::string& what) { complain(what); }));
  if (!options.srt.empty()) sinks.push_back(make_srt_sink(options.srt));
  if (!options.csv.empty()) sinks.push_back(make_csv_sink(options.csv));
  if (!options.json.empty()) sinks.push_back(make_json_sink(options.json, made_by));
  if (!options.sightings.empty())
    sinks.push_back(make_sightings_sink(options.sightings, embedder.binding(), options.json, options.people));
  if (options.show) sinks.push_back(make_window_sink());
  sinks.push_back(std::make_unique<TerminalSink>(!options.data_on_stdout()));
  return make_tee_sink(std::move(sinks), [&failed](const Error& error) {
    ++failed;
    complain(error.what());
  });
}

void print_summary(const Summary& summary, const RecognizeOptions& options) {
  if (reader_gone || quiet) return;
  std::FILE* to = options.data_on_stdout() ? stderr : stdout;  // people read it, programs do not
  std::fputs(summary_text(summary).c_str(), to);
  for (const std::string* path :
       {&options.out, &options.json, &options.csv, &options.srt, &options.sightings}) {
    if (!path->empty() && !is_stdout(*path)) std::fprintf(to, "see %s\n", path->c_str());
  }
}

// The smallest face to look for where the user does not say.
int default_min_face(const std::vector<std::string>& inputs) {
  const bool photos = std::any_of(inputs.begin(), inputs.end(), [](const std::string& input) {
    return std::filesystem::is_directory(input) || is_image_name(input);
  });
  return photos ? 0 : kVideoMinFace;  // by the photo's size
}

// Without people everybody is unknown, but a file that was asked for must be there.
bool nobody_yet(const RecognizeOptions& options) {
  return !options.people_given && !std::filesystem::exists(options.people);
}

// What the sidecar begins with; read_people adds who can be named, which `kith evaluate video` judges by.
RunInfo made_by(const RecognizeOptions& options, const Stages& stages) {
  RunInfo info = cli::made_by(stages, "recognize");
  info.options.emplace_back("classifier", options.classifier == Classifier::kSvm ? "svm" : "templates");
  info.options.emplace_back("repeat_names", options.repeat_names);
  info.options.emplace_back("detect_every", options.detect_every);
  return info;
}

std::shared_ptr<const Identifier> read_people(const RecognizeOptions& options, const Embedder& embedder,
                                              RunInfo* info) {
  if (nobody_yet(options)) {
    IdentifierOptions nobody;
    nobody.threshold = 1.0F;
    return std::make_shared<const Identifier>(std::span<const Person>(), nobody);
  }
  Gallery gallery = open_people(options.people);
  IdentifierOptions identifying = identifier_options(embedder, gallery, options.far);
  identifying.unique = !options.repeat_names;
  identifying.classifier = options.classifier;
  const Snapshot known = gallery.snapshot();
  auto identifier = std::make_shared<const Identifier>(known.people, identifying);
  if (info != nullptr) {
    info->people = used_people(*known.people, options.people, true);
    info->far = identifying.far;
    info->threshold = rounded_score(identifier->threshold());
  }
  return identifier;
}

Pipeline open_pipeline(const RecognizeOptions& options, const Stages& stages, KnownPeople& known) {
  PipelineOptions pipeline;
  if (options.detect_every != "auto") pipeline.detect_every = std::stoi(options.detect_every);
  return {stages, [&known] { return known.now(); }, pipeline};
}

// The input, and then the films of a folder, each a source of its own.
void recognize_input(const std::string& input, const SourceOptions& reading, Pipeline& pipeline, Sink& sink,
                     const std::function<void(FrameSource&)>& recognize_one) {
  if (interrupted || sink.wants_stop()) return;
  std::unique_ptr<FrameSource> source;
  try {
    source = FrameSource::open(input, reading);
  } catch (const Error& e) {
    if (!interrupted) pipeline.fail(input, e.what(), sink);
    return;
  }
  if (!source->info().passed_over.empty()) complain(input + ": passed over " + source->info().passed_over);
  recognize_one(*source);
  SourceOptions inside = reading;
  inside.found_in = input;
  for (const std::string& film : source->info().films)
    recognize_input(film, inside, pipeline, sink, recognize_one);
}

Exit recognize(const RecognizeOptions& options) {
  const Stages stages(options.stages);
  RunInfo info = made_by(options, stages);
  if (nobody_yet(options))
    complain(options.people + ": no such file, so everybody is unknown; make it with: kith train PHOTOS");
  bool first = true;
  KnownPeople known(options.people, [&] {
    return read_people(options, stages.embedder(), std::exchange(first, false) ? &info : nullptr);
  });
  Pipeline pipeline = open_pipeline(options, stages, known);
  int failed_outputs = 0;
  const std::unique_ptr<Sink> sink = make_outputs(options, stages.embedder(), info, failed_outputs);
  SourceOptions reading = options.reading;
  if (!options.out.empty()) reading.leave_out = {options.out};  // what an earlier run wrote is no input
  const auto recognize_one = [&](FrameSource& source) {
    if (source.info().kind == SourceKind::kCamera) known.follow();
    pipeline.run(source, *sink, interrupted);
  };
  for (const std::string& input : options.inputs)
    recognize_input(input, reading, pipeline, *sink, recognize_one);
  Summary summary = pipeline.summary();
  summary.interrupted = interrupted;
  sink->finish(summary);
  print_summary(summary, options);
  if (summary.failed > 0)
    complain(std::to_string(summary.failed) + (summary.failed == 1 ? " input" : " inputs") + " failed");
  if (interrupted) return Exit::kInterrupted;
  return summary.failed > 0 || failed_outputs > 0 ? Exit::kFailed : Exit::kDone;
}

}  // namespace

void add_recognize(Verbs& verbs) {
  auto options = std::make_shared<RecognizeOptions>();
  CLI::App& verb = verbs.add("recognize", "Name the faces in photos, folders, videos and cameras",
                             "  kith recognize film.mp4 --out named.mp4 --json film.jsonl");
  verb.add_option("INPUT,--path", options->inputs,
                  "Photos, folders, videos, cameras (0, /dev/video0), rtsp: and http: URLs, - (a pipe)")
      ->type_name("INPUT")
      ->default_str("0")
      ->check(reads_each());
  verb.add_option("-o,--out", options->out, "Annotated video, picture or folder of pictures")
      ->type_name("FILE")
      ->check(writes(Written::kCopies));
  add_json_option(verb, options->json);
  verb.add_option("--csv", options->csv, "One row a face")
      ->type_name("FILE")
      ->transform(writes_lines(Written::kCsv));
  verb.add_option("--srt", options->srt, "Subtitles: who is on screen")
      ->type_name("FILE")
      ->transform(writes_lines(Written::kSubtitles));
  verb.add_option("--sightings", options->sightings,
                  "Keep each track's face (picture and vector) in this file, for kith cluster and kith name")
      ->type_name("FILE")
      ->check(writes(Written::kSightings));
  verb.add_flag("--show", options->show, "Show the annotated frames in a window; q quits");
  verb.add_flag("--repeat-names", options->repeat_names,
                "Let several faces of one picture have the same name");
  add_naming_options(verb, options->far, options->classifier);
  verb.add_option("--detect-every", options->detect_every,
                  "Look for faces in one frame of a video in N at least, and wherever something changes")
      ->type_name("N|auto")
      ->check(CLI::IsMember({"auto"}) | between(1, 100))
      ->capture_default_str();
  add_people_option(verb, options->people);
  add_source_options(verb, options->reading);
  add_stage_options(verb, options->stages);
  CLI::Option* min_face = verb.get_option("--min-face");
  min_face->description("Smallest face to look for, px; " + std::to_string(kVideoMinFace) +
                        " for videos and cameras unless given");
  const CLI::Option* overwrite = verb.get_option("--overwrite");
  verbs.on(verb, [options, min_face, overwrite, people = verb.get_option("--people")] {
    options->overwrite = overwrite->count() > 0;
    options->people_given = people->count() > 0;
    if (min_face->count() == 0) options->stages.min_face_px = default_min_face(options->inputs);
    return recognize(*options);
  });
}

}  // namespace kith::cli

// kith recognize: photos, folders, videos and cameras with names on the faces.
#include <kith/error.h>
#include <kith/frame.h>

#include <cstdio>
#include <iostream>

#include "cli/cli.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "core/line_file.h"
#include "core/clock.h"
#include "core/rounding.h"
#include "enrol/train.h"
#include "people/used_people.h"
#include "sightings/sightings_sink.h"

namespace kith::cli {
namespace {

struct RecognizeOptions {
  std::vector<std::string> inputs{"0"};
  std::string people = "people.kith";
  std::string json, csv, srt, out, sightings;
  bool overwrite = false;
  bool show = false;
  bool repeat_names = false;
  std::optional<double> far;
  Classifier classifier = Classifier::kTemplates;
  std::string detect_every = "auto";
  StageOptions stages;
  bool data_on_stdout() const { return any_on_stdout({json, csv, srt}); }
};

// Small faces matter in a photo; in a video they are many frames' work for little (40 px, as the issue of
// speed asks).
constexpr int kPhotoMinFace = 20;
constexpr int kVideoMinFace = 40;

bool is_still(SourceKind kind) { return kind == SourceKind::kPhoto || kind == SourceKind::kFolder; }

// One line a photo on stdout, and the progress of the rest on the terminal.
class TerminalSink final : public Sink {
 public:
  explicit TerminalSink(bool print_photos) : print_photos_(print_photos) {}

  void begin(const SourceInfo& source) override {
    source_ = source;
    progress_.emplace("frames", source.frames);
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) return complain(frame.source, *frame.failure);
    if (!print_photos_ || !is_still(source_.kind)) return;
    std::cout << frame.source << ':';
    for (const RecognizedFace& face : faces) {
      std::cout << (&face == faces.data() ? " " : ", ")
                << face.identity.name.value_or(to_string(face.identity.state));
      if (face.identity.name) std::printf(" %.2f", face.identity.confidence);
    }
    std::cout << (faces.empty() ? " no face\n" : "\n");
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
                                   const RunInfo& made_by) {
  std::vector<std::unique_ptr<Sink>>
      sinks;  // first those that may refuse a source, before others begin a file
  if (!options.out.empty()) sinks.push_back(make_overlay_sink(options.out, options.overwrite));
  if (!options.srt.empty()) sinks.push_back(make_srt_sink(options.srt));
  if (!options.csv.empty()) sinks.push_back(make_csv_sink(options.csv));
  if (!options.json.empty()) sinks.push_back(make_json_sink(options.json, made_by));
  if (!options.sightings.empty())
    sinks.push_back(make_sightings_sink(options.sightings, embedder.binding(), options.json, options.people));
  if (options.show) sinks.push_back(make_window_sink());
  sinks.push_back(std::make_unique<TerminalSink>(!options.data_on_stdout()));
  return make_tee_sink(std::move(sinks));
}

// Times of several sources are of several clocks: a line each.
void print_person(std::FILE* to, const Summary::PersonSeen& person, bool by_source) {
  std::fprintf(to, "  %-20s ", person.name.c_str());
  if (!by_source)
    std::fprintf(to, "%s to %s, ", clock_text(person.first_ms).c_str(), clock_text(person.last_ms).c_str());
  std::fprintf(to, "%lld %s, confidence %.2f\n", static_cast<long long>(person.frames),
               person.frames == 1 ? "frame" : "frames", person.mean_confidence);
  if (!by_source) return;
  for (const Summary::SeenIn& seen : person.sources) {
    if (seen.last_ms <= 0) continue;  // a photo
    std::fprintf(to, "  %-20s   %s to %s in %s\n", "", clock_text(seen.first_ms).c_str(),
                 clock_text(seen.last_ms).c_str(), seen.source.c_str());
  }
}

void print_tracks(std::FILE* to, const char* what, std::int64_t tracks) {
  std::fprintf(to, "  %-20s %lld %s\n", what, static_cast<long long>(tracks),
               tracks == 1 ? "track" : "tracks");
}

void print_summary(const Summary& summary, const RecognizeOptions& options) {
  std::FILE* to = options.data_on_stdout() ? stderr : stdout;  // people read it, programs do not
  std::fprintf(to, "%lld frames, %lld faces\n", static_cast<long long>(summary.frames),
               static_cast<long long>(summary.faces));
  for (const Summary::PersonSeen& person : summary.people) {
    print_person(to, person, summary.sources > 1);
  }
  print_tracks(to, "unknown", summary.unknown_tracks);
  if (summary.unclear_tracks > 0) print_tracks(to, "unclear", summary.unclear_tracks);
  if (summary.dropped > 0) {
    std::fprintf(to, "%lld camera frames dropped, to keep up\n", static_cast<long long>(summary.dropped));
  }
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
  return photos ? kPhotoMinFace : kVideoMinFace;
}

// What the sidecar begins with: also who could be named, which `kith evaluate video` judges by.
RunInfo made_by(const RecognizeOptions& options, const Stages& stages, const Gallery& gallery,
                const Identifier& identifier, double far) {
  RunInfo info = stages.made_by("recognize");
  info.people = used_people(gallery.people(), options.people, true);
  info.far = far;
  info.threshold = rounded_score(identifier.threshold());
  info.options.emplace_back("classifier", options.classifier == Classifier::kSvm ? "svm" : "templates");
  info.options.emplace_back("repeat_names", options.repeat_names);
  info.options.emplace_back("detect_every", options.detect_every);
  return info;
}

Pipeline open_pipeline(const RecognizeOptions& options, const Stages& stages, RunInfo& info) {
  const Gallery gallery = Gallery::open(options.people);
  IdentifierOptions identifying = identifier_options(stages.embedder(), gallery, options.far);
  identifying.unique = !options.repeat_names;
  identifying.classifier = options.classifier;
  PipelineOptions pipeline;
  if (options.detect_every != "auto") pipeline.detect_every = std::stoi(options.detect_every);
  Identifier identifier(gallery.people(), identifying);
  info = made_by(options, stages, gallery, identifier, identifying.far);
  return {stages, std::move(identifier), pipeline};
}

Exit recognize(const RecognizeOptions& options) {
  const Stages stages(options.stages);
  RunInfo info;
  Pipeline pipeline = open_pipeline(options, stages, info);
  const std::unique_ptr<Sink> sink = make_outputs(options, stages.embedder(), info);
  for (const std::string& input : options.inputs) {
    if (interrupted || sink->wants_stop()) break;
    std::unique_ptr<FrameSource> source;
    try {
      SourceOptions reading;
      reading.stop = &interrupted;
      source = FrameSource::open(input, reading);
    } catch (const Error& e) {
      pipeline.fail(input, e.what(), *sink);
      continue;
    }
    pipeline.run(*source, *sink, interrupted);
  }
  Summary summary = pipeline.summary();
  summary.interrupted = interrupted;
  sink->finish(summary);
  print_summary(summary, options);
  if (summary.failed > 0)
    complain(std::to_string(summary.failed) + (summary.failed == 1 ? " input" : " inputs") + " failed");
  if (interrupted) return Exit::kInterrupted;
  return summary.failed > 0 ? Exit::kFailed : Exit::kDone;
}

}  // namespace

void add_recognize(Verbs& verbs) {
  auto options = std::make_shared<RecognizeOptions>();
  CLI::App& verb = verbs.add("recognize", "Name the faces in photos, folders, videos and cameras",
                             "  kith recognize film.mp4 --out named.mp4 --json film.jsonl");
  verb.add_option("inputs,--path", options->inputs,
                  "Photos, folders, videos, cameras (0, /dev/video0), rtsp: and http: URLs")
      ->type_name("INPUT")
      ->check(reads_each());
  verb.add_option("--out", options->out, "Annotated video, picture or folder of pictures")
      ->type_name("FILE")
      ->check(writes(Written::kCopies));
  add_json_option(verb, options->json);
  verb.add_option("--csv", options->csv, "One row a face")->type_name("FILE")->check(writes(Written::kCsv));
  verb.add_option("--srt", options->srt, "Subtitles: who is on screen")
      ->type_name("FILE")
      ->check(writes(Written::kSubtitles));
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
      ->check(CLI::IsMember({"auto"}) | CLI::Range(1, 100))
      ->capture_default_str();
  add_people_option(verb, options->people);
  add_stage_options(verb, options->stages);
  CLI::Option* min_face = verb.get_option("--min-face");
  min_face->description("Smallest face to look for, px; " + std::to_string(kVideoMinFace) +
                        " for videos and cameras unless given");
  const CLI::Option* overwrite = verb.get_option("--overwrite");
  verbs.on(verb, [options, min_face, overwrite] {
    options->overwrite = overwrite->count() > 0;
    if (min_face->count() == 0) options->stages.min_face_px = default_min_face(options->inputs);
    return recognize(*options);
  });
}

}  // namespace kith::cli

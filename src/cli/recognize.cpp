// kith recognize: photos, folders, videos and cameras with names on the faces.
#include <kith/error.h>
#include <kith/frame.h>

#include <cstdio>
#include <iostream>

#include "cli/cli.h"
#include "cli/progress.h"
#include "enrol/train.h"
#include "sightings/sightings_sink.h"

namespace kith::cli {
namespace {

struct RecognizeOptions {
  std::vector<std::string> inputs{"0"};
  std::string people = "people.kith";
  std::string json, csv, srt, out, sightings;
  bool show = false;
  bool repeat_names = false;
  std::optional<double> far;
  Classifier classifier = Classifier::kTemplates;
  std::string detect_every = "auto";
  StageOptions stages;
};

// Small faces matter in a photo; in a video they are many frames' work for little (40 px, as the issue of
// speed asks).
constexpr int kPhotoMinFace = 20;
constexpr int kVideoMinFace = 40;

bool is_still(SourceKind kind) { return kind == SourceKind::kPhoto || kind == SourceKind::kFolder; }

std::string clock(double ms) {
  const auto total = static_cast<long>(ms / 1000);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld.%01ld", total / 3600, total / 60 % 60, total % 60,
                static_cast<long>(ms / 100) % 10);
  return text.data();
}

// One line a photo on stdout, and the progress of the rest on the terminal.
class TerminalSink final : public Sink {
 public:
  explicit TerminalSink(bool print_photos) : print_photos_(print_photos) {}

  void begin(const SourceInfo& source) override {
    source_ = source;
    progress_.emplace("frames", source.frames);
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) return complain(frame.source + ": " + *frame.failure);
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

std::unique_ptr<Sink> make_outputs(const RecognizeOptions& options, const Embedder& embedder, int& failed) {
  std::vector<std::unique_ptr<Sink>> sinks;
  if (!options.json.empty()) sinks.push_back(make_json_sink(options.json));
  if (!options.csv.empty()) sinks.push_back(make_csv_sink(options.csv));
  if (!options.srt.empty()) sinks.push_back(make_srt_sink(options.srt));
  if (!options.out.empty()) sinks.push_back(make_overlay_sink(options.out, complain));
  if (!options.sightings.empty())
    sinks.push_back(make_sightings_sink(options.sightings, embedder.binding(), options.json, options.people));
  if (options.show) sinks.push_back(make_window_sink());
  sinks.push_back(std::make_unique<TerminalSink>(options.json != "-"));
  return make_tee_sink(std::move(sinks), [&failed](const Error& error) {
    ++failed;
    complain(error.what());
  });
}

// Times of several sources are of several clocks: a line each.
void print_person(const Summary::PersonSeen& person, bool by_source) {
  std::printf("  %-20s ", person.name.c_str());
  if (!by_source) std::printf("%s to %s, ", clock(person.first_ms).c_str(), clock(person.last_ms).c_str());
  std::printf("%lld %s, confidence %.2f\n", static_cast<long long>(person.frames),
              person.frames == 1 ? "frame" : "frames", person.mean_confidence);
  if (!by_source) return;
  for (const Summary::SeenIn& seen : person.sources) {
    if (seen.last_ms <= 0) continue;  // a photo
    std::printf("  %-20s   %s to %s in %s\n", "", clock(seen.first_ms).c_str(), clock(seen.last_ms).c_str(),
                seen.source.c_str());
  }
}

void print_tracks(const char* what, std::int64_t tracks) {
  std::printf("  %-20s %lld %s\n", what, static_cast<long long>(tracks), tracks == 1 ? "track" : "tracks");
}

void print_summary(const Summary& summary, const RecognizeOptions& options) {
  std::printf("%lld frames, %lld faces\n", static_cast<long long>(summary.frames),
              static_cast<long long>(summary.faces));
  for (const Summary::PersonSeen& person : summary.people) {
    print_person(person, summary.sources > 1);
  }
  print_tracks("unknown", summary.unknown_tracks);
  if (summary.unclear_tracks > 0) print_tracks("unclear", summary.unclear_tracks);
  if (summary.dropped > 0) {
    std::printf("%lld camera frames dropped, to keep up\n", static_cast<long long>(summary.dropped));
  }
  for (const std::string* path :
       {&options.out, &options.json, &options.csv, &options.srt, &options.sightings}) {
    if (!path->empty()) std::printf("see %s\n", path->c_str());
  }
}

// The smallest face to look for where the user does not say.
int default_min_face(const std::vector<std::string>& inputs) {
  const bool photos = std::any_of(inputs.begin(), inputs.end(), [](const std::string& input) {
    return std::filesystem::is_directory(input) || is_image_name(input);
  });
  return photos ? kPhotoMinFace : kVideoMinFace;
}

Pipeline open_pipeline(const RecognizeOptions& options, const Stages& stages) {
  const Gallery gallery = Gallery::open(options.people);
  IdentifierOptions identifying = identifier_options(stages.embedder(), gallery, options.far);
  identifying.unique = !options.repeat_names;
  identifying.classifier = options.classifier;
  PipelineOptions pipeline;
  if (options.detect_every != "auto") pipeline.detect_every = std::stoi(options.detect_every);
  return {stages, Identifier(gallery.people(), identifying), pipeline};
}

Exit recognize(const RecognizeOptions& options) {
  const Stages stages(options.stages);
  Pipeline pipeline = open_pipeline(options, stages);
  int failed_outputs = 0;
  const std::unique_ptr<Sink> sink = make_outputs(options, stages.embedder(), failed_outputs);
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
  if (options.json != "-") print_summary(summary, options);
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
  verb.add_option("inputs,--path", options->inputs,
                  "Photos, folders, videos, cameras (0, /dev/video0), rtsp: and http: URLs, - (a pipe)")
      ->type_name("INPUT");
  verb.add_option("--out", options->out, "Annotated video, picture or folder of pictures")->type_name("FILE");
  add_json_option(verb, options->json);
  verb.add_option("--csv", options->csv, "One row a face")->type_name("FILE");
  verb.add_option("--srt", options->srt, "Subtitles: who is on screen")->type_name("FILE");
  verb.add_option("--sightings", options->sightings,
                  "Keep each track's face (picture and vector) in this file, for kith cluster and kith name")
      ->type_name("FILE");
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
  verbs.on(verb, [options, min_face] {
    if (min_face->count() == 0) options->stages.min_face_px = default_min_face(options->inputs);
    return recognize(*options);
  });
}

}  // namespace kith::cli

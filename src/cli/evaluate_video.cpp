// kith evaluate video: what `kith recognize --json` wrote, against the truth.
#include "app/evaluate_video.h"

#include <kith/error.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "core/json_lines.h"

namespace kith::cli {
namespace {
using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> sidecars;
  std::string truth;
  std::string people = "people.kith";
  std::string json;
};

Json to_json(const Outcomes& o) {
  return {{"right", o.right}, {"wrong", o.wrong}, {"unknown", o.unknown}, {"missed", o.missed}};
}

Json to_json(const std::string& source, const VideoScore& score) {
  return {
      {"source", source},
      {"frames", to_json(score.frames)},
      {"seconds", to_json(score.seconds)},
      {"tracks", to_json(score.tracks)},
      {"identity_switches", score.identity_switches},
      {"false_names", score.false_names},
      {"false_names_per_hour", score.hours > 0 ? static_cast<double>(score.false_names) / score.hours : 0},
      {"missing", score.missing}};
}

void print(const char* what, const Outcomes& o) {
  const auto show = [](std::int64_t n) { return static_cast<long long>(n); };
  std::printf("  %-8s %6lld right %6lld wrong %6lld unknown %6lld missed\n", what, show(o.right),
              show(o.wrong), show(o.unknown), show(o.missed));
}

void print(const std::string& source, const VideoScore& score, bool clip) {
  std::printf("%s: %lld identity switches, %lld false names\n", source.c_str(),
              static_cast<long long>(score.identity_switches), static_cast<long long>(score.false_names));
  print("frames", score.frames);
  if (!clip) {
    print("seconds", score.seconds);
    print("tracks", score.tracks);
  }
  for (const std::string& name : score.missing) std::printf("  never named: %s\n", name.c_str());
}

Exit evaluate(const Options& options) {
  const bool clips = std::filesystem::path(options.truth).extension() == ".json";
  std::set<std::string> known;
  if (!clips) {
    const Gallery gallery = Gallery::open(options.people);
    for (const Person& person : gallery.people()) known.insert(person.name);
  }
  std::optional<JsonLines> lines;
  if (!options.json.empty()) lines.emplace(options.json);
  for (const std::string& path : options.sidecars) {
    for (const auto& [source, frames] : read_sidecar(path)) {
      const std::string clip = std::filesystem::path(source).stem().string();
      const VideoScore score =
          clips ? score_clip(frames, options.truth, clip) : score_frames(frames, options.truth, known);
      if (lines) lines->write(to_json(source, score));
      if (options.json != "-") print(source, score, clips);
    }
  }
  return Exit::kDone;
}

}  // namespace

void add_evaluate_video(Verbs& verbs, CLI::App& parent) {
  CLI::App& verb = verbs.add(parent, "video", "Names right, wrong and unknown in a recognised video",
                             "  kith evaluate video film.jsonl --truth film_truth.jsonl");
  auto options = std::make_shared<Options>();
  verb.add_option("SIDECAR", options->sidecars, "What kith recognize --json wrote")
      ->required()
      ->type_name("FILE");
  verb.add_option("--truth", options->truth,
                  "Faces a frame (.jsonl, like samples/gallery_truth.jsonl) or names a clip (.json)")
      ->required()
      ->type_name("FILE");
  add_people_option(verb, options->people);
  add_json_option(verb, options->json);
  verbs.on(verb, [options] { return evaluate(*options); });
}

}  // namespace kith::cli

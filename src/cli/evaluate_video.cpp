// kith evaluate video: what `kith recognize --json` wrote, against the truth.
#include "evaluate/evaluate_video.h"

#include <kith/error.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "core/files.h"
#include "core/json_lines.h"

namespace kith::cli {
namespace {

struct Options {
  std::vector<std::string> sidecars;
  std::string truth;
  std::string people = "people.kith";
  std::string json, html;
};

void print(const char* what, const Outcomes& o) {
  const auto show = [](std::int64_t n) { return static_cast<long long>(n); };
  std::printf("  %-8s %6lld right %6lld wrong %6lld unknown %6lld missed\n", what, show(o.right),
              show(o.wrong), show(o.unknown), show(o.missed));
}

void print(const ScoredVideo& video) {
  const VideoScore& score = video.score;
  std::printf("%s: %lld identity switches, %lld false names", video.source.c_str(),
              static_cast<long long>(score.identity_switches), static_cast<long long>(score.false_names));
  if (const auto interval = false_names_interval(score)) {
    std::printf(" (an hour %.1f [%.1f, %.1f])", static_cast<double>(score.false_names) / score.hours,
                interval->low, interval->high);
  }
  std::printf("\n");
  print("frames", score.frames);
  if (const auto interval = right_tracks_interval(score)) {  // not with the truth of a clip
    print("seconds", score.seconds);
    print("tracks", score.tracks);
    std::printf("  tracks right: %.4f [%.4f, %.4f]\n",
                static_cast<double>(score.tracks.right) / static_cast<double>(score.tracks.all()),
                interval->low, interval->high);
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
  std::vector<ScoredVideo> videos;
  for (const std::string& path : options.sidecars) {
    for (const auto& [source, frames] : read_sidecar(path)) {
      const std::string clip = std::filesystem::path(source).stem().string();
      const VideoScore score =
          clips ? score_clip(frames, options.truth, clip) : score_frames(frames, options.truth, known);
      videos.push_back({source, score});
      if (lines) lines->write(to_json(videos.back()));
      if (options.json != "-") print(videos.back());
    }
  }
  if (!options.html.empty()) {
    write_file(options.html, video_html(videos, "Names against " + options.truth));
    if (options.json != "-") std::printf("see %s\n", options.html.c_str());
  }
  return Exit::kDone;
}

}  // namespace

void add_evaluate_video(Verbs& verbs, CLI::App& parent) {
  CLI::App& verb = verbs.add(parent, "video", "Names right, wrong and unknown in a recognised video",
                             "  kith evaluate video film.jsonl --truth film_truth.jsonl --html film.html");
  auto options = std::make_shared<Options>();
  verb.add_option("SIDECAR", options->sidecars, "What kith recognize --json wrote")
      ->required()
      ->type_name("FILE")
      ->check(reads());
  verb.add_option("--truth", options->truth,
                  "Faces a frame (.jsonl, like samples/gallery_truth.jsonl) or names a clip (.json)")
      ->required()
      ->type_name("FILE")
      ->check(reads());
  add_people_option(verb, options->people);
  add_json_option(verb, options->json);
  verb.add_option("--html", options->html, "Write a page with the figures, and who was named when")
      ->type_name("FILE")
      ->check(writes(Written::kPage));
  verbs.on(verb, [options] { return evaluate(*options); });
}

}  // namespace kith::cli

// kith evaluate video: what `kith recognize --json` wrote, against the truth.
#include "evaluate/evaluate_video.h"

#include <kith/error.h>
#include <kith/gallery.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/progress.h"
#include "core/files.h"
#include "core/result_lines.h"

namespace kith::cli {
namespace {

struct VideoArguments {
  std::vector<std::string> sidecars;
  std::string truth;
  std::string people;  // for sidecars that do not say who was known
  std::string json, html;
};

long long shown(std::int64_t n) { return static_cast<long long>(n); }

void print(const char* what, const OutcomesOfAll& all) {
  const auto& [o, s] = all;
  std::printf("  %-8s %6lld right %6lld wrong %6lld unknown %6lld missed", what, shown(o.right),
              shown(o.wrong), shown(o.unknown), shown(o.missed));
  if (s.all() > 0)
    std::printf("; strangers %6lld unnamed %6lld named %6lld missed", shown(s.unnamed), shown(s.named),
                shown(s.missed));
  std::printf("\n");
}

// A clip's truth does not tell whose face is whose.
void print_clip(const VideoScore& score) {
  std::printf("  faces    %6lld right %6lld wrong %6lld without a name\n", shown(score.frames.known.right),
              shown(score.frames.known.wrong), shown(score.frames.known.unknown));
  for (const std::string& name : score.missing) {
    const bool known =
        !score.people || std::ranges::find(score.people->strangers, name) == score.people->strangers.end();
    std::printf("  never named: %s%s\n", name.c_str(), known ? "" : " (not known in this run)");
  }
}

void print(const ScoredVideo& video) {
  const VideoScore& score = video.score;
  std::printf("%s: %lld identity switches, %lld false names", video.source.c_str(),
              shown(score.identity_switches), shown(score.false_names));
  if (const auto interval = false_names_interval(score)) {
    std::printf(" (an hour %.1f [%.1f, %.1f])", static_cast<double>(score.false_names) / score.hours,
                interval->low, interval->high);
  }
  std::printf("\n");
  for (const std::string& note : video.notes) std::printf("  note: %s\n", note.c_str());
  if (score.people) std::printf("  %s\n", people_text(*score.people).c_str());
  if (score.clip) return print_clip(score);
  print("frames", score.frames);
  print("seconds", score.seconds);
  print("tracks", score.tracks);
  if (const auto interval = right_tracks_interval(score)) {
    const Outcomes& tracks = score.tracks.known;
    std::printf("  tracks right: %.4f [%.4f, %.4f]\n",
                static_cast<double>(tracks.right) / static_cast<double>(tracks.all()), interval->low,
                interval->high);
  }
}

// Whom the run could name: what its sidecar says, and never a people.kith that happens to lie here.
std::optional<std::set<std::string>> known_in(const Sidecar& sidecar, const VideoArguments& options) {
  if (sidecar.known || options.people.empty()) return sidecar.known;
  std::set<std::string> known;
  for (const Person& person : Gallery::open(options.people).people()) known.insert(person.name);
  return known;
}

std::vector<ScoredVideo> score(const std::string& path, const VideoArguments& options) {
  const bool clips = std::filesystem::path(options.truth).extension() == ".json";
  const Sidecar sidecar = read_sidecar(path);
  const std::optional<std::set<std::string>> known = known_in(sidecar, options);
  if (!known && !clips) {
    throw Error(ErrorCode::kInvalidArgument,
                path + ": does not say who was known when it was made: give that gallery with --people FILE");
  }
  std::vector<ScoredVideo> videos;
  for (const auto& [source, frames] : sidecar.sources) {
    const std::string clip = std::filesystem::path(source).stem().string();
    videos.push_back(
        {source,
         clips ? score_clip(frames, options.truth, clip, known) : score_frames(frames, options.truth, *known),
         sidecar.notes});
  }
  return videos;
}

Exit evaluate(const VideoArguments& options) {
  RunInfo made_by;
  made_by.verb = "evaluate video";
  made_by.options.emplace_back("truth", options.truth);
  ResultLines lines(options.json, made_by);
  std::vector<ScoredVideo> videos;
  for (const std::string& path : options.sidecars) {
    for (ScoredVideo& video : score(path, options)) {
      lines.write(to_json(video));
      if (options.json != "-") print(video);
      videos.push_back(std::move(video));
    }
  }
  lines.finish({{"videos", videos.size()}});
  if (!options.html.empty()) {
    write_file(options.html, video_html(videos, "Names against " + options.truth, made_by), Access::kPrivate);
    if (options.json != "-" && !quiet) std::printf("see %s\n", options.html.c_str());
  }
  return Exit::kDone;
}

}  // namespace

void add_evaluate_video(Verbs& verbs, CLI::App& parent) {
  CLI::App& verb = verbs.add(parent, "video", "Names right, wrong and unknown in a recognised video",
                             "  kith evaluate video film.jsonl --truth film_truth.jsonl --html film.html");
  auto options = std::make_shared<VideoArguments>();
  verb.add_option("SIDECAR", options->sidecars, "What kith recognize --json wrote")
      ->required()
      ->type_name("FILE")
      ->check(reads());
  verb.add_option("--truth", options->truth,
                  "Faces a frame (.jsonl, like samples/gallery_truth.jsonl) or names a clip (.json)")
      ->required()
      ->type_name("FILE")
      ->check(reads());
  verb.add_option("--people", options->people,
                  "Who was known, for a sidecar of Kith 0.1 that does not say it")
      ->type_name("FILE")
      ->check(changes());
  add_json_option(verb, options->json);
  verb.add_option("--html", options->html, "Write a page with the figures, and who was named when")
      ->type_name("FILE")
      ->check(writes(Written::kPage));
  verbs.on(verb, [options] { return evaluate(*options); });
}

}  // namespace kith::cli

// The figures of evaluate video as JSON and as a page.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/rounding.h"
#include "evaluate/evaluate_video.h"
#include "page/html.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNames = 170;  // px for names, left of the bars
constexpr double kBars = 780;
constexpr double kRow = 20;

Json to_json(const Outcomes& o) {
  return {{"right", o.right}, {"wrong", o.wrong}, {"unknown", o.unknown}, {"missed", o.missed}};
}

Json to_json(const StrangerOutcomes& o) {
  return {{"unnamed", o.unnamed}, {"named", o.named}, {"missed", o.missed}};
}

// A clip's truth names who may be there, not where: what it cannot tell is null.
Json clip_frames_json(const Outcomes& o) {
  return {{"right", o.right}, {"wrong", o.wrong}, {"unknown", o.unknown}, {"missed", nullptr}};
}

std::string number(std::int64_t value) { return fmt::format("<td class=\"number\">{}</td>", value); }

std::string share_text(const Outcomes& o, const std::optional<Interval>& interval) {
  if (o.all() == 0) return "-";
  std::string text =
      fmt::format("{:.2f} %", 100 * static_cast<double>(o.right) / static_cast<double>(o.all()));
  if (interval) text += fmt::format(" ({:.2f} to {:.2f})", 100 * interval->low, 100 * interval->high);
  return text;
}

std::string outcomes_row(const std::string& source, const char* what, const OutcomesOfAll& all, bool clip,
                         const std::optional<Interval>& interval) {
  const auto& [o, s] = all;
  if (o.all() + s.all() == 0) return "";
  const std::string strangers =
      clip ? "<td></td><td></td><td></td>" : number(s.unnamed) + number(s.named) + number(s.missed);
  return "<tr><td>" + html_text(source) + "</td><td>" + what + "</td>" + number(o.right) + number(o.wrong) +
         number(o.unknown) +
         (clip ? "<td></td><td></td>" : number(o.missed) + "<td>" + share_text(o, interval) + "</td>") +
         strangers + "</tr>\n";
}

std::string outcomes_table(const std::vector<ScoredVideo>& videos) {
  std::string body =
      "<table>\n<tr><th></th><th></th><th colspan=\"5\">people who are known</th><th "
      "colspan=\"3\">strangers</th></tr>"
      "\n<tr><th>source</th><th></th><th>right</th><th>wrong</th><th>unknown</th><th>missed</th><th>right of "
      "all</th>"
      "<th>unnamed</th><th>named</th><th>missed</th></tr>\n";
  for (const ScoredVideo& video : videos) {
    const VideoScore& score = video.score;
    body += outcomes_row(video.source, "frames", score.frames, score.clip, std::nullopt);
    body += outcomes_row(video.source, "seconds", score.seconds, score.clip, std::nullopt);
    body += outcomes_row(video.source, "tracks", score.tracks, score.clip, right_tracks_interval(score));
  }
  return body + "</table>\n";
}

std::string people_paragraphs(const std::vector<ScoredVideo>& videos) {
  std::string body;
  for (const ScoredVideo& video : videos) {
    const std::string source = videos.size() > 1 ? html_text(video.source) + ": " : "";
    if (video.score.people) {
      const bool nobody = video.score.people->known.empty();
      body += "<p>" + source + (nobody ? "<b>" : "") + html_text(people_text(*video.score.people)) +
              (nobody ? "</b>" : "") + "</p>\n";
    }
    for (const std::string& note : video.notes) body += "<p><b>" + source + html_text(note) + "</b></p>\n";
  }
  return body;
}

std::string names_table(const std::vector<ScoredVideo>& videos) {
  std::string body =
      "<table>\n<tr><th>source</th><th>minutes</th><th>identity switches</th><th>false names</th><th>false "
      "names an "
      "hour</th><th>never named</th></tr>\n";
  for (const auto& [source, score, notes] : videos) {
    std::string hourly = "-";
    if (const auto interval = false_names_interval(score)) {
      hourly = fmt::format("{:.1f} ({:.1f} to {:.1f})", static_cast<double>(score.false_names) / score.hours,
                           interval->low, interval->high);
    }
    std::string missing;
    for (const std::string& name : score.missing) missing += (missing.empty() ? "" : ", ") + html_text(name);
    body += "<tr><td>" + html_text(source) + "</td>" +
            fmt::format("<td class=\"number\">{:.2f}</td>", 60 * score.hours) +
            number(score.identity_switches) + number(score.false_names) + "<td>" + hourly + "</td><td>" +
            missing + "</td></tr>\n";
  }
  return body + "</table>\n";
}

const char* colour(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRight:
      return "#3a7bd5";
    case Outcome::kWrong:
      return "#d5503a";
    case Outcome::kUnknown:
      return "#d9b036";
    case Outcome::kMissed:
      return "#9a9a9a";
  }
  return "";
}

std::string bar(double begin, double end, double scale, double top, Outcome outcome) {
  return fmt::format("<rect x='{:.2f}' y='{:.0f}' width='{:.2f}' height='{:.0f}' fill='{}'/>",
                     kNames + begin * scale, top + 3, std::max((end - begin) * scale, 0.5), kRow - 6,
                     colour(outcome));
}

// Seconds in a row with the same outcome are one bar: a film has thousands.
std::string person_bars(const std::map<std::int64_t, Outcome>& seconds, double scale, double top) {
  std::string svg;
  for (auto begin = seconds.begin(); begin != seconds.end();) {
    auto end = begin;
    std::int64_t last = begin->first;
    while (end != seconds.end() && end->second == begin->second && end->first - last <= 1)
      last = (end++)->first;
    svg += bar(static_cast<double>(begin->first), static_cast<double>(last + 1), scale, top, begin->second);
    begin = end;
  }
  return svg;
}

std::string timeline_svg(const VideoScore& score) {
  std::int64_t last = 0;
  for (const auto& [person, seconds] : score.timeline) last = std::max(last, seconds.rbegin()->first + 1);
  const double scale = kBars / static_cast<double>(std::max<std::int64_t>(last, 1));
  const double height = kRow * static_cast<double>(score.timeline.size()) + 24;
  std::string svg =
      fmt::format("<svg viewBox='0 0 {0} {1}' width='{0}' role='img' aria-label='who was named when'>\n",
                  kNames + kBars + 30, height);
  for (int i = 0; i <= 4; ++i) {
    const auto second = last * i / 4;
    const double x = kNames + static_cast<double>(second) * scale;
    svg += fmt::format(
        "<line x1='{0:.1f}' y1='0' x2='{0:.1f}' y2='{1:.0f}' stroke='currentColor' opacity='.2'/>"
        "<text x='{0:.1f}' y='{2:.0f}' text-anchor='middle'>{3}:{4:02}</text>\n",
        x, height - 20, height - 6, second / 60, second % 60);
  }
  double top = 0;
  for (const auto& [person, seconds] : score.timeline) {
    svg += fmt::format("<text x='{:.0f}' y='{:.0f}' text-anchor='end'>{}</text>", kNames - 8, top + kRow - 6,
                       html_text(person));
    svg += person_bars(seconds, scale, top) + "\n";
    top += kRow;
  }
  return svg + "</svg>\n";
}

std::string legend() {
  constexpr std::pair<Outcome, const char*> kWords[] = {{Outcome::kRight, "right; of a stranger: no name"},
                                                        {Outcome::kWrong, "wrong"},
                                                        {Outcome::kUnknown, "unknown, but is known"},
                                                        {Outcome::kMissed, "face not found"}};
  std::string body = "<p>";
  for (const auto& [outcome, word] : kWords) {
    body += fmt::format("<svg width='12' height='12'><rect width='12' height='12' fill='{}'/></svg> {}&emsp;",
                        colour(outcome), word);
  }
  return body + "</p>\n";
}

}  // namespace

std::optional<Interval> right_tracks_interval(const VideoScore& score) {
  const Outcomes& tracks = score.tracks.known;
  return tracks.all() > 0 ? std::optional(wilson(tracks.right, tracks.all())) : std::nullopt;
}

std::string people_text(const TruthPeople& people) {
  if (people.known.empty()) {
    return fmt::format("nobody of the truth is known in this run: {} count as strangers",
                       fmt::join(people.strangers, ", "));
  }
  std::string text =
      fmt::format("{} of {} people of the truth are known: {}", people.known.size(),
                  people.known.size() + people.strangers.size(), fmt::join(people.known, ", "));
  if (!people.strangers.empty()) text += fmt::format("; strangers: {}", fmt::join(people.strangers, ", "));
  return text;
}

std::optional<Interval> false_names_interval(const VideoScore& score) {
  if (score.hours <= 0) return std::nullopt;
  const Interval count = poisson(score.false_names);
  return Interval{count.low / score.hours, count.high / score.hours};
}

Json to_json(const ScoredVideo& video) {
  const VideoScore& score = video.score;
  const auto unless_clip = [&](const Json& json) { return score.clip ? Json() : json; };
  const Json people =
      score.people ? Json{{"known", score.people->known}, {"strangers", score.people->strangers}} : Json();
  const Json strangers{{"frames", to_json(score.frames.strangers)},
                       {"seconds", to_json(score.seconds.strangers)},
                       {"tracks", to_json(score.tracks.strangers)}};
  return {
      {"source", video.source},
      {"people", people},
      {"frames", score.clip ? clip_frames_json(score.frames.known) : to_json(score.frames.known)},
      {"seconds", unless_clip(to_json(score.seconds.known))},
      {"tracks", unless_clip(to_json(score.tracks.known))},
      {"tracks_right_interval", to_json(right_tracks_interval(score))},
      {"strangers", unless_clip(strangers)},
      {"identity_switches", score.identity_switches},
      {"false_names", score.false_names},
      {"false_names_per_hour",
       score.hours > 0 ? Json(rounded_figure(static_cast<double>(score.false_names) / score.hours)) : Json()},
      {"false_names_per_hour_interval", to_json(false_names_interval(score))},
      {"missing", score.clip ? Json(score.missing) : Json()},
      {"notes", video.notes}};
}

std::string video_html(const std::vector<ScoredVideo>& videos, const std::string& title,
                       const RunInfo& made_by) {
  std::string body =
      "<p class=\"note\">Who is known is what the sidecar says. Seconds and tracks go by their majority. A "
      "false name is "
      "a track that bore one at any time. Intervals hold 95 %, if each track is independent (Wilson; Poisson "
      "for the false "
      "names); neighbouring frames and seconds are too much alike for one.</p>\n";
  body += people_paragraphs(videos) + outcomes_table(videos) + names_table(videos) +
          "<h2>Who was named when</h2>\n" + legend();
  for (const ScoredVideo& video : videos) {
    if (videos.size() > 1) body += "<h3>" + html_text(video.source) + "</h3>\n";
    body += timeline_svg(video.score);
  }
  return html_page(title, body, made_by);
}

}  // namespace kith

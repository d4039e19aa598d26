#include "evaluate/evaluate_identify.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace kith {
namespace {

constexpr std::array kFars{1e-2, 1e-3};
constexpr std::size_t kStrict = 1;  // of kFars: groups and confidences are taken there

/// What became of one probe.
struct Answered {
  std::size_t subject = 0;
  bool stranger = false;
  bool face = false;   // one was found
  bool named = false;  // got any name
  bool right = false;  // the most similar person is the right one
  float confidence = 0;
  std::string key;
};

/// One repeat's answers at each rate.
using Repeat = std::array<std::vector<Answered>, kFars.size()>;

std::vector<Answered> answer(const DrawnGallery& drawn, const Calibration& calibration, double far) {
  IdentifierOptions options;
  options.calibration = calibration;
  options.far = far;
  const Identifier identifier(std::span(drawn.people), options);
  std::vector<Answered> answers;
  for (const Probe& probe : drawn.probes) {
    Answered& answered = answers.emplace_back(
        Answered{probe.subject, probe.person.empty(), false, false, false, 0, probe.key});
    if (probe.embedding.empty()) continue;
    const Identification identity = identifier.identify(std::span(&probe.embedding, 1)).front();
    answered.face = true;
    answered.named = identity.name.has_value();
    answered.right = identity.nearest == probe.person;
    answered.confidence = identity.confidence;
  }
  return answers;
}

/// Share of the asked probes that `hit`: mean and spread over the repeats, interval by subject over all of them.
template <typename Asked, typename Hit>
Rate rate_of(const std::vector<Repeat>& repeats, std::size_t far, Asked asked, Hit hit) {
  std::vector<double> shares;
  std::map<std::size_t, SubjectCount> subjects;
  for (const Repeat& repeat : repeats) {
    SubjectCount all;
    for (const Answered& answered : repeat[far]) {
      if (!asked(answered)) continue;
      SubjectCount& count = subjects[answered.subject];
      const int hits = hit(answered) ? 1 : 0;
      count = {count.faces + 1, count.hits + hits};
      all = {all.faces + 1, all.hits + hits};
    }
    shares.push_back(all.faces > 0 ? static_cast<double>(all.hits) / static_cast<double>(all.faces) : 0);
  }
  Rate rate;
  const auto n = static_cast<double>(shares.size());
  for (const double share : shares) rate.mean += share / n;
  double squares = 0;
  for (const double share : shares) squares += (share - rate.mean) * (share - rate.mean);
  rate.stddev = std::sqrt(squares / n);
  std::vector<SubjectCount> counts;
  for (const auto& [subject, count] : subjects) counts.push_back(count);
  rate.interval = share_by_subject(counts).interval;
  return rate;
}

bool known(const Answered& a) { return !a.stranger; }

Identified point_of(const std::vector<Repeat>& repeats, std::size_t f) {
  return {kFars[f], rate_of(repeats, f, known, [](const Answered& a) { return a.named && a.right; }),
          rate_of(repeats, f, known, [](const Answered& a) { return a.named && !a.right; }),
          rate_of(repeats, f, std::not_fn(known), [](const Answered& a) { return a.named; }),
          trials_to_show(kFars[f])};
}

Reliability reliability_over(const std::vector<Repeat>& repeats) {
  std::vector<Confidence> people, strangers;
  for (const Repeat& repeat : repeats) {
    for (const Answered& a : repeat[kStrict]) {
      if (a.face) (a.stranger ? strangers : people).push_back({a.subject, a.confidence, a.right});
    }
  }
  return reliability_of(people, strangers);
}

std::map<std::string, GroupScore> groups_over(const std::vector<Repeat>& repeats,
                                              const std::map<std::string, std::string>& groups) {
  std::vector<LabelledAnswer> answers;
  for (const Repeat& repeat : repeats) {
    for (const Answered& a : repeat[kStrict]) {
      const auto label = groups.find(a.key);
      if (label != groups.end())
        answers.push_back({label->second, a.subject, a.stranger, a.named && (a.stranger || a.right)});
    }
  }
  return score_groups(answers);
}

}  // namespace

std::string note(const Identified& point, std::size_t strangers) {
  if (std::cmp_greater_equal(strangers, point.strangers_needed)) return "";
  return fmt::format("FAR {:g} cannot be shown with {} strangers: needs at least {}", point.far, strangers,
                     point.strangers_needed);
}

std::vector<std::string> notes(const IdentifyReport& report) {
  std::vector<std::string> notes;
  for (const Identified& point : report.points) {
    const std::string text = note(point, report.strangers);
    if (!text.empty()) notes.push_back(text);
  }
  return notes;
}

IdentifyReport evaluate_identify(const Stages& stages, const IdentifyOptions& options,
                                 const std::atomic<bool>& stop, const ReportProgress& progress) {
  const Calibration& calibration = stages.embedder().calibration();
  IdentifyReport report;
  DrawPictures pictures = embed_draw_pictures(stages, options.draw, stop, progress);
  report.interrupted = stop;
  if (stop) return report;
  draw_gallery(pictures, options.draw, 0);  // says at once when there are too few people
  std::vector<Repeat> repeats(static_cast<std::size_t>(options.repeats));
  for_each_in_parallel(repeats.size(), stages.threads(), stop, [&](std::size_t i) {
    const DrawnGallery drawn = draw_gallery(pictures, options.draw, static_cast<unsigned>(i));
    for (std::size_t f = 0; f < kFars.size(); ++f) repeats[i][f] = answer(drawn, calibration, kFars[f]);
  });
  report.interrupted = stop;
  if (stop) return report;
  report.gallery = options.draw.gallery;
  report.people = pictures.people.size();
  report.photos = pictures.photos;
  report.strangers = pictures.strangers.size();
  report.failed = std::move(pictures.failed);
  report.repeats = options.repeats;
  for (const Repeat& repeat : repeats)
    report.probes += static_cast<double>(std::ranges::count_if(repeat[kStrict], known)) / options.repeats;
  report.rank1 = rate_of(repeats, kStrict, known, [](const Answered& a) { return a.right; });
  for (std::size_t f = 0; f < kFars.size(); ++f) report.points.push_back(point_of(repeats, f));
  report.reliability = reliability_over(repeats);
  report.groups = groups_over(repeats, options.groups);
  return report;
}

}  // namespace kith

#include "evaluate/evaluate_identify.h"

#include <fmt/format.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/vectors.h"
#include "people/svm.h"
#include "people/template.h"
#include "photos/person_photos.h"

namespace kith {
namespace {

constexpr double kFars[] = {1e-2, 1e-3};
constexpr std::size_t kSvmRepeats = 20;  // a fit at 50 people takes a second

/// A face to be named.
struct Probe {
  std::size_t subject = 0;  // number of the person, or of the stranger
  std::string folder;       // the person's; empty for a stranger
  std::string label;        // of the sub-group
  Embedding embedding;      // empty: no face was found
};

struct Pictures {
  std::map<std::string, std::vector<Sample>> people;
  std::map<std::string, std::size_t> faceless;  // photos without a face, by person
  std::vector<Probe> strangers;
};

/// What one rule says of one face.
struct Answer {
  bool named = false, right = false;
};

/// Adds up one rule's answers in one repeat.
struct Count {
  double known = 0, right = 0, wrong = 0, strangers = 0, accepted = 0;
  void add(const Probe& probe, const Answer& answer) {
    const double named = answer.named ? 1 : 0;
    if (probe.folder.empty()) {
      strangers += 1;
      accepted += named;
    } else {
      known += 1;
      (answer.right ? right : wrong) += named;
    }
  }
};

struct Draw {
  std::vector<Person> people;
  std::vector<Probe> probes;  // known ones, then strangers
};

/// One repeat's results.
struct Repeat {
  std::vector<std::pair<std::string, Count>> rules;
  double rank1 = 0, known = 0;
  std::vector<Confidence> known_confidence, stranger_confidence;
  std::vector<LabelledAnswer> labelled;
};

std::string label_of(const IdentifyOptions& options, const std::string& key) {
  const auto found = options.groups.find(key);
  return found == options.groups.end() ? std::string() : found->second;
}

Pictures embed_all(const Stages& stages, const IdentifyOptions& options, const std::atomic<bool>& stop,
                   const ReportProgress& progress, IdentifyReport& report) {
  PersonPhotoList list = list_person_photos(std::vector{options.people.string()}, stages.embedder());
  std::erase_if(list.photos, [](const PersonPhoto& photo) { return photo.loose; });
  const std::size_t known = list.photos.size();
  for (const auto& path : list_photos(options.strangers).pictures)
    list.photos.push_back({path, "", false, false});
  const std::vector<PhotoOutcome> outcomes = embed_photos(stages, list.photos, stop, progress);
  Pictures pictures;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const PersonPhoto& photo = list.photos[i];
    const bool used = outcomes[i].status == PhotoStatus::kUsed;
    if (!used) {
      report.failed.emplace_back(photo.path.string(),
                                 outcomes[i].status == PhotoStatus::kNoFace ? "no face" : outcomes[i].error);
    }
    if (i >= known) {
      pictures.strangers.push_back({pictures.strangers.size(), "",
                                    label_of(options, photo.path.filename().string()),
                                    outcomes[i].sample.embedding});
    } else if (used) {
      pictures.people[photo.folder].push_back(outcomes[i].sample);
    } else {
      ++pictures.faceless[photo.folder];
    }
  }
  report.photos = known;
  report.people = pictures.people.size();
  report.strangers = pictures.strangers.size();
  return pictures;
}

Draw draw(const Pictures& pictures, const IdentifyOptions& options, std::mt19937& random) {
  std::vector<std::string> names;
  for (const auto& [name, samples] : pictures.people) {
    if (samples.size() >= options.enrol) names.push_back(name);
  }
  std::ranges::shuffle(names, random);
  names.resize(options.gallery);
  Draw result;
  for (const std::string& name : names) {
    std::vector<Sample> samples = pictures.people.at(name);
    std::ranges::shuffle(samples, random);
    const std::string label = label_of(options, name);
    const auto subject =
        static_cast<std::size_t>(std::distance(pictures.people.begin(), pictures.people.find(name)));
    for (std::size_t i = options.enrol; i < samples.size(); ++i)
      result.probes.push_back({subject, name, label, samples[i].embedding});
    const auto faceless = pictures.faceless.find(name);
    for (std::size_t i = 0; faceless != pictures.faceless.end() && i < faceless->second; ++i)
      result.probes.push_back({subject, name, label, {}});
    samples.resize(options.enrol);
    Person& person = result.people.emplace_back();
    person.name = name;
    person.id = static_cast<std::int64_t>(result.people.size());
    for (Sample& sample : samples)
      sample.id = 1 + static_cast<std::int64_t>(&sample - samples.data()) + 1000 * person.id;
    person.samples = std::move(samples);
    person.centre = template_of(person.samples);
  }
  result.probes.insert(result.probes.end(), pictures.strangers.begin(), pictures.strangers.end());
  return result;
}

/// Scores all probes with one rule. @param ask  a face's Answer.
template <typename Ask>
void score(const Draw& drawn, const std::string& rule, Repeat& repeat, Ask ask) {
  Count count;
  for (const Probe& probe : drawn.probes) count.add(probe, probe.embedding.empty() ? Answer{} : ask(probe));
  repeat.rules.emplace_back(rule, count);
}

void score_kith(const Draw& drawn, const Calibration& calibration, double far, bool details, Repeat& repeat) {
  IdentifierOptions options;
  options.calibration = calibration;
  options.far = far;
  const Identifier identifier(std::span(drawn.people), options);
  score(drawn, fmt::format("kith, FAR {:g}", far), repeat, [&](const Probe& probe) {
    const Identification answer = identifier.identify(std::span(&probe.embedding, 1)).front();
    const bool nearest = answer.nearest == probe.folder;
    const Answer result{answer.name.has_value(), answer.name.has_value() && nearest};
    if (!details) return result;
    (probe.folder.empty() ? repeat.stranger_confidence : repeat.known_confidence)
        .push_back({probe.subject, answer.confidence, nearest});
    if (!probe.folder.empty() && nearest) repeat.rank1 += 1;
    if (!probe.label.empty()) {
      const bool stranger = probe.folder.empty();
      repeat.labelled.push_back(
          {probe.label, probe.subject, stranger, stranger ? result.named : result.right});
    }
    return result;
  });
  repeat.known = repeat.rules.back().second.known;
  if (!details) return;
  for (const Probe& probe : drawn.probes) {  // without a face: not named
    if (probe.embedding.empty() && !probe.label.empty())
      repeat.labelled.push_back({probe.label, probe.subject, probe.folder.empty(), false});
  }
}

/// The most similar person, by `similarity(person, face)`, if that reaches the threshold.
template <typename Similarity>
void score_cosine(const Draw& drawn, const std::string& rule, float threshold, Repeat& repeat,
                  Similarity similarity) {
  score(drawn, rule, repeat, [&](const Probe& probe) {
    const Person* nearest = nullptr;
    float best = -2;
    for (const Person& person : drawn.people) {
      const float s = similarity(person, probe.embedding);
      if (s > best) best = s, nearest = &person;
    }
    return Answer{best >= threshold, best >= threshold && nearest->name == probe.folder};
  });
}

/// What peers do with the same embeddings (their defaults, as of the versions that docs/accuracy.md names).
void score_peers(const Draw& drawn, const Calibration& calibration, bool with_svm, Repeat& repeat) {
  const auto to_template = [](const Person& person, const Embedding& face) {
    return dot(person.centre, face);
  };
  const auto to_photo = [](const Person& person, const Embedding& face) {
    float best = -1;
    for (const Sample& sample : person.samples) best = std::max(best, dot(sample.embedding, face));
    return best;
  };
  score_cosine(drawn, "template, cosine at the pair FAR 0.001", threshold_at(calibration, 1e-3).value(),
               repeat, to_template);
  score_cosine(drawn, "nearest photo, cosine 0.4 (InsightFace)", 0.4F, repeat, to_photo);
  score_cosine(drawn, "nearest photo, cosine 0.363 (OpenCV SFace)", 0.363F, repeat, to_photo);
  score_cosine(drawn, "nearest photo, no rejection (CompreFace)", -1, repeat, to_photo);
  if (!with_svm) return;
  const std::shared_ptr<const Svm> svm = Svm::fit(drawn.people);
  if (!svm) return;
  constexpr double kTutorial = 0.15;  // faceRec.py of the tutorial
  score(drawn, "SVM argmax > 0.15 (the tutorial)", repeat, [&](const Probe& probe) {
    const std::vector<double> p = svm->probabilities(probe.embedding);
    const auto best = std::ranges::max_element(p);
    const std::int64_t id = svm->parameters().people[static_cast<std::size_t>(best - p.begin())];
    const bool named = *best > kTutorial;
    return Answer{named, named && drawn.people[static_cast<std::size_t>(id - 1)].name == probe.folder};
  });
}

Rate rate_of(const std::vector<double>& values) {
  Rate rate;
  for (const double v : values) rate.mean += v / static_cast<double>(values.size());
  double squares = 0;
  for (const double v : values) squares += (v - rate.mean) * (v - rate.mean);
  rate.stddev = std::sqrt(squares / static_cast<double>(values.size()));
  return rate;
}

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

void sum_rules(const std::vector<Repeat>& repeats, IdentifyReport& report) {
  for (std::size_t r = 0; r < repeats.front().rules.size(); ++r) {
    std::vector<double> dir, wrong, far;
    for (const Repeat& repeat : repeats) {
      if (r >= repeat.rules.size()) continue;
      const Count& c = repeat.rules[r].second;
      dir.push_back(share(c.right, c.known));
      wrong.push_back(share(c.wrong, c.known));
      far.push_back(share(c.accepted, c.strangers));
    }
    report.rules.push_back({repeats.front().rules[r].first,
                            r < std::size(kFars) ? kFars[r] : 0,
                            {rate_of(dir), rate_of(wrong), rate_of(far)}});
  }
}

Reliability sum_reliability(const std::vector<Repeat>& repeats) {
  std::vector<Confidence> known, strangers;
  for (const Repeat& repeat : repeats) {
    known.insert(known.end(), repeat.known_confidence.begin(), repeat.known_confidence.end());
    strangers.insert(strangers.end(), repeat.stranger_confidence.begin(), repeat.stranger_confidence.end());
  }
  return reliability_of(known, strangers);
}

std::map<std::string, GroupScore> sum_groups(const std::vector<Repeat>& repeats) {
  std::vector<LabelledAnswer> answers;
  for (const Repeat& repeat : repeats)
    answers.insert(answers.end(), repeat.labelled.begin(), repeat.labelled.end());
  return score_groups(answers);
}

void check(const Pictures& pictures, const IdentifyOptions& options) {
  const auto enough = static_cast<std::size_t>(std::ranges::count_if(
      pictures.people, [&](const auto& person) { return person.second.size() >= options.enrol; }));
  if (enough >= options.gallery && options.gallery > 0) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{}: {} people have {} photos with a face or more, a gallery of {} was asked for",
                          options.people.string(), enough, options.enrol, options.gallery));
}

}  // namespace

IdentifyReport evaluate_identify(const Stages& stages, const IdentifyOptions& options,
                                 const std::atomic<bool>& stop, const ReportProgress& progress) {
  const Calibration& calibration = stages.embedder().calibration();
  IdentifyReport report;
  const Pictures pictures = embed_all(stages, options, stop, progress, report);
  if (stop) {
    report.interrupted = true;
    return report;
  }
  check(pictures, options);
  std::vector<Repeat> repeats(static_cast<std::size_t>(options.repeats));
  for_each_in_parallel(repeats.size(), stages.threads(), stop, [&](std::size_t i) {
    std::mt19937 random(options.seed + static_cast<unsigned>(i));
    const Draw drawn = draw(pictures, options, random);
    for (const double far : kFars) score_kith(drawn, calibration, far, far == 1e-3, repeats[i]);
    score_peers(drawn, calibration, i < kSvmRepeats, repeats[i]);
  });
  report.interrupted = stop;
  if (stop) return report;
  report.gallery = options.gallery;
  report.repeats = options.repeats;
  std::vector<double> rank1;
  for (const Repeat& repeat : repeats) {
    rank1.push_back(share(repeat.rank1, repeat.known));
    report.probes += repeat.known / options.repeats;
  }
  report.rank1 = rate_of(rank1);
  sum_rules(repeats, report);
  report.reliability = sum_reliability(repeats);
  report.groups = sum_groups(repeats);
  return report;
}

}  // namespace kith

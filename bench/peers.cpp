// What other projects' rules make of the same embeddings: open-set identification as `kith evaluate identify` draws it,
// each rule at its own threshold (docs/accuracy.md, "Open set").
// usage: peers --people-dir DIR --strangers-dir DIR [--gallery-size N] [--enrol K] [--repeat R] [--embedder NAME]
#include <fmt/format.h>
#include <kith/identifier.h>

#include <CLI/CLI.hpp>
#include <functional>

#include "core/vectors.h"
#include "evaluate/identify_draws.h"
#include "people/svm.h"

namespace {

using namespace kith;

constexpr int kSvmRepeats = 20;     // a fit at 50 people takes a second
constexpr double kTutorial = 0.15;  // faceRec.py of the tutorial

/// Whom a rule names; empty: nobody.
using Rule = std::function<std::string(const DrawnGallery&, const Embedding&)>;

/// The most similar person, if that reaches the threshold.
Rule nearest(float threshold, float (*similarity)(const Person&, const Embedding&)) {
  return [=](const DrawnGallery& drawn, const Embedding& face) {
    std::string best_name;
    float best = -2;
    for (const Person& person : drawn.people) {
      const float s = similarity(person, face);
      if (s > best) best = s, best_name = person.name;
    }
    return best >= threshold ? best_name : std::string();
  };
}

float to_template(const Person& person, const Embedding& face) { return dot(person.centre, face); }

float to_photo(const Person& person, const Embedding& face) {
  float best = -1;
  for (const Sample& sample : person.samples) best = std::max(best, dot(sample.embedding, face));
  return best;
}

struct Count {
  double known = 0, right = 0, wrong = 0, strangers = 0, named = 0;
};

void score(const DrawnGallery& drawn, const std::function<std::string(const Embedding&)>& ask, Count& count) {
  for (const Probe& probe : drawn.probes) {
    const std::string name = probe.embedding.empty() ? "" : ask(probe.embedding);
    if (probe.person.empty()) {
      ++count.strangers;
      count.named += name.empty() ? 0 : 1;
    } else {
      ++count.known;
      (name == probe.person ? count.right : count.wrong) += name.empty() ? 0 : 1;
    }
  }
}

void print(const std::string& rule, const Count& count) {
  if (count.known == 0 || count.strangers == 0) return;
  fmt::print("{:<46} {:>8.3f} {:>8.3f} {:>10.3f}\n", rule, 100 * count.right / count.known,
             100 * count.wrong / count.known, 100 * count.named / count.strangers);
}

void score_svm(const DrawnGallery& drawn, Count& count) {
  const std::shared_ptr<const Svm> svm = Svm::fit(drawn.people);
  if (!svm) return;
  score(
      drawn,
      [&](const Embedding& face) {
        const std::vector<double> p = svm->probabilities(face);
        const auto best = std::ranges::max_element(p);
        const auto id =
            static_cast<std::size_t>(svm->parameters().people[static_cast<std::size_t>(best - p.begin())]);
        return *best > kTutorial ? drawn.people[id - 1].name : std::string();
      },
      count);
}

void run(const DrawOptions& options, int repeats, const StageOptions& stage_options) {
  const Stages stages(stage_options);
  const std::atomic<bool> never = false;
  const DrawPictures pictures =
      embed_draw_pictures(stages, options, never, [](std::int64_t, std::int64_t) {});
  const float pairs_threshold = threshold_at(stages.embedder().calibration(), 1e-3).value_or(2);
  const std::vector<std::pair<std::string, Rule>> rules{
      {"template, cosine at the pair FAR 0.001", nearest(pairs_threshold, to_template)},
      {"nearest photo, cosine 0.4 (InsightFace)", nearest(0.4F, to_photo)},
      {"nearest photo, cosine 0.363 (OpenCV SFace)", nearest(0.363F, to_photo)},
      {"nearest photo, no rejection (CompreFace)", nearest(-1, to_photo)}};
  std::vector<Count> counts(rules.size());
  Count kith, svm;
  for (int i = 0; i < repeats; ++i) {
    const DrawnGallery drawn = draw_gallery(pictures, options, static_cast<unsigned>(i));
    IdentifierOptions identifying;
    identifying.calibration = stages.embedder().calibration();
    const Identifier identifier(std::span(drawn.people), identifying);
    const auto ask = [&](const Embedding& face) {
      return identifier.identify(std::span(&face, 1)).front().name.value_or("");
    };
    score(drawn, ask, kith);
    for (std::size_t r = 0; r < rules.size(); ++r) {
      score(
          drawn, [&](const Embedding& face) { return rules[r].second(drawn, face); }, counts[r]);
    }
    if (i < kSvmRepeats) score_svm(drawn, svm);
  }
  fmt::print("{:<46} {:>8} {:>8} {:>10}\n", "rule, % of faces", "right", "wrong", "strangers");
  print("Kith, FAR 0.001", kith);
  for (std::size_t r = 0; r < rules.size(); ++r) print(rules[r].first, counts[r]);
  print("SVM argmax > 0.15 (the tutorial)", svm);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What other projects' rules make of the same embeddings", "peers");
  DrawOptions options;
  StageOptions stages;
  int repeats = 200;
  app.add_option("--people-dir", options.people, "A folder of photos for each person")->required();
  app.add_option("--strangers-dir", options.strangers, "Photos of people who are in no gallery")->required();
  app.add_option("--gallery-size", options.gallery, "People drawn for each gallery")->capture_default_str();
  app.add_option("--enrol", options.enrol, "Photos enrolled of each")->capture_default_str();
  app.add_option("--repeat", repeats, "Galleries to draw")->capture_default_str();
  app.add_option("--embedder", stages.embedder, "Embedder")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    run(options, repeats, stages);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "peers: {}\n", e.what());
    return 1;
  }
}

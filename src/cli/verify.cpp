#include <kith/error.h>
#include <kith/frame.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/cli.h"
#include "core/result_lines.h"
#include "core/rounding.h"

namespace kith::cli {
namespace {

struct VerifyOptions {
  std::string a, b;
  StageOptions stages;
  // Of 4,600 pairs of different people of the choosing sets one passes at 1e-3 and none at 1e-4; of 350 pairs of one person
  // 3 are lost at 1e-3, 14 at 1e-4, 29 at 1e-5 (docs/accuracy.md, "Two photos").
  double far = 1e-4;
  std::optional<float> threshold;
  std::string json;
};

// "30,000"
std::string with_commas(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

// The rate as people say it: "one pair of strangers in 30,000 is as alike".
std::string rarity_words(double rate) {
  constexpr double kRarest = 1e-7;  // nobody has measured beyond: thresholds there are an extrapolation's
  if (rate >= 0.1) return "so are many pairs of strangers";
  const double pairs = 1 / std::max(rate, kRarest);
  const double unit = std::pow(10, std::floor(std::log10(pairs)));
  const auto round = static_cast<std::int64_t>(std::floor(pairs / unit) * unit);
  return std::string(rate < kRarest ? "less than " : "") + "one pair of strangers in " + with_commas(round) +
         " is as alike";
}

Embedding embed_main_face(const Stages& stages, const std::string& path) {
  const cv::Mat image = read_image(path);
  const std::vector<Face> faces = stages.detect(image);
  if (faces.empty()) throw Error(ErrorCode::kNotFound, path + ": no face found (try a smaller --min-face)");
  if (faces.size() > 1)
    complain(path + ": " + std::to_string(faces.size()) + " faces; the largest, most central one counts");
  return stages.see(image, {&faces[main_face(faces, image.size())], 1}).front().embedding;
}

// Nothing for a photo that will not do; said, and the other one is still looked at.
std::optional<Embedding> try_to_embed(const Stages& stages, const std::string& path, ResultLines& lines) {
  try {
    return embed_main_face(stages, path);
  } catch (const Error& e) {
    complain(e.what());
    lines.fail(path, e.what());
    return std::nullopt;
  }
}

Exit verify(const VerifyOptions& options) {
  const Stages stages(options.stages);
  const Calibration& calibration = stages.embedder().calibration();
  const std::optional<float> known =
      options.threshold ? options.threshold : threshold_at(calibration, options.far);
  if (!known) {
    throw Error(ErrorCode::kInvalidArgument,
                "embedder " + stages.embedder().name() +
                    " has no thresholds: give --threshold, or kith model calibrate " +
                    stages.embedder().name() + " --strangers DIR");
  }
  const float threshold = *known;
  RunInfo made_by = cli::made_by(stages, "verify");
  if (!options.threshold) made_by.far = options.far;
  made_by.threshold = rounded_score(threshold);
  ResultLines lines(options.json, made_by);
  const std::optional<Embedding> a = try_to_embed(stages, options.a, lines);
  const std::optional<Embedding> b = try_to_embed(stages, options.b, lines);
  if (!a || !b) {
    lines.finish({{"same", nullptr}});
    return Exit::kFailed;
  }
  const float score = similarity(*a, *b, calibration);
  const bool same = score >= threshold;
  const std::optional<double> rate = far_at(calibration, score);
  lines.write({{"a", options.a},
               {"b", options.b},
               {"similarity", rounded_score(score)},
               {"threshold", rounded_score(threshold)},
               {"rate", rate ? nlohmann::ordered_json(*rate) : nlohmann::ordered_json()},
               {"far", options.threshold ? nlohmann::ordered_json() : nlohmann::ordered_json(options.far)},
               {"same", same}});
  lines.finish({{"same", same}});
  if (options.json != "-") {
    std::printf("%s: similarity %.3f, threshold %.3f", same ? "same person" : "different people", score,
                threshold);
    std::printf(rate ? "; %s\n" : "%s\n", rate ? rarity_words(*rate).c_str() : "");
  }
  return same ? Exit::kDone : Exit::kDifferent;
}

}  // namespace

void add_verify(Verbs& verbs) {
  CLI::App& verb = verbs.add("verify", "Do two photos show the same person?",
                             "  kith verify samples/raw/amara/01.jpg samples/raw/amara/02.jpg\n"
                             "  same person: similarity 0.840, threshold 0.420; less than one pair of\n"
                             "  strangers in 10,000,000 is as alike\n"
                             "  (exit code 0; 3 for different people)");
  auto options = std::make_shared<VerifyOptions>();
  verb.add_option("A", options->a, "A photo")->required()->check(reads());
  verb.add_option("B", options->b, "Another photo")->required()->check(reads());
  verb.add_option("--far", options->far, "How often a pair of different people may pass")
      ->type_name("RATE")
      ->check(between(1e-9, 0.5));
  verb.add_option("--threshold", options->threshold,
                  "Cosine similarity from which on it is one person, instead of --far")
      ->type_name("COSINE")
      ->check(between(-1.0, 1.0));
  add_json_option(verb, options->json);
  add_stage_options(verb, options->stages);
  verbs.on(verb, [options] { return verify(*options); });
}

}  // namespace kith::cli

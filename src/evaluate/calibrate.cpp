#include "evaluate/calibrate.h"

#include <fmt/format.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "model/catalog.h"
#include "model/model_file.h"
#include "people/scorer.h"
#include "photos/person_photos.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

constexpr std::array kRates{1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
constexpr std::size_t kFewest = 50;       // 1225 pairs: FAR 1e-2 is measured
constexpr double kFewestPairs = 10;       // a rate that fewer pairs stand for is not measured
constexpr std::int64_t kTailPairs = 100;  // from which the tail is extrapolated
constexpr int kBins = 1 << 16;  // of cosines over [-1, 1]: 3e-5 wide, so that any number of pairs fits
constexpr std::size_t kLikest = 10;
// A stranger may come from where the gallery's people come from, or from elsewhere: pairs of strangers, who
// are all kinds of people from one collection, and strangers against other people's templates have half of
// the weight each.
constexpr double kPeopleShare = 0.5;

// Cosines as a histogram.
struct Cosines {
  std::vector<double> bins = std::vector<double>(kBins, 0);
  std::int64_t pairs = 0;
  double sum = 0, squares = 0;

  // Becomes a mixture of the two, of as many pairs as it has.
  void mix(const Cosines& other, double share) {
    const double scale =
        share * static_cast<double>(pairs) / static_cast<double>(std::max<std::int64_t>(other.pairs, 1));
    for (std::size_t i = 0; i < bins.size(); ++i) bins[i] = (1 - share) * bins[i] + scale * other.bins[i];
  }

  void add(float cosine) {
    const auto bin = static_cast<int>((cosine + 1) / 2 * kBins);
    ++bins[static_cast<std::size_t>(std::clamp(bin, 0, kBins - 1))];
    ++pairs;
    sum += cosine;
    squares += static_cast<double>(cosine) * cosine;
  }

  // The cosine that `count` pairs reach, interpolated in its bin.
  double reached_by(double count) const {
    double above = 0;
    for (int bin = kBins - 1; bin > 0; --bin) {
      const double here = bins[static_cast<std::size_t>(bin)];
      if (above + here >= count) {
        const double part = (count - above) / here;
        return (bin + 1 - part) * 2.0 / kBins - 1;
      }
      above += here;
    }
    return -1;
  }

  // By how much the pairs above a cosine exceed it on average: the slope of an exponential tail.
  double mean_excess(double cosine) const {
    double excess = 0;
    double count = 0;
    for (int bin = kBins - 1; bin > 0; --bin) {
      const double middle = (bin + 0.5) * 2.0 / kBins - 1;
      if (middle < cosine) break;
      excess += bins[static_cast<std::size_t>(bin)] * (middle - cosine);
      count += bins[static_cast<std::size_t>(bin)];
    }
    return count <= 0 ? 0 : excess / count;
  }
};

void keep_likest(std::vector<LikestPair>& likest, const LikestPair& pair) {
  if (likest.size() == kLikest && pair.similarity <= likest.back().similarity) return;
  const auto after = std::find_if(likest.begin(), likest.end(), [&](const LikestPair& other) {
    return other.similarity < pair.similarity;
  });
  likest.insert(after, pair);
  if (likest.size() > kLikest) likest.pop_back();
}

// Main faces -> embeddings, a batch at a time.
class MainFaces {
 public:
  MainFaces(const Stages& stages, CalibrationReport& report) : stages_(stages), report_(report) {}

  void add(const fs::path& path) {
    try {
      const cv::Mat image = read_image(path);
      const std::vector<Face> faces = stages_.detect(image);
      if (faces.empty()) {
        report_.failed.emplace_back(path, "no face");
        return;
      }
      const Face& face = faces[main_face(faces, image.size())];
      chips_.push_back(stages_.align(image, {&face, 1}).front());
      report_.used.push_back(path);
    } catch (const Error& e) {
      report_.failed.emplace_back(path, e.what());
    }
    if (chips_.size() == kBatch) embed();
  }

  std::vector<Embedding> take() {
    embed();
    return std::move(embeddings_);
  }

  /// Of all faces; after take().
  double norm() const { return norms_ / static_cast<double>(std::max<std::size_t>(report_.used.size(), 1)); }

 private:
  static constexpr std::size_t kBatch = 16;

  void embed() {
    norms_ += stages_.embedder().norm(chips_) * static_cast<double>(chips_.size());
    for (Embedding& embedding : stages_.embedder().embed(chips_)) embeddings_.push_back(std::move(embedding));
    chips_.clear();
  }

  const Stages& stages_;
  CalibrationReport& report_;
  double norms_ = 0;
  std::vector<Chip> chips_;
  std::vector<Embedding> embeddings_;
};

Embedding mean_of(std::span<const Embedding> vectors) {
  Embedding mean(vectors.front().size(), 0.0F);
  for (const Embedding& vector : vectors) {
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += vector[i] / static_cast<float>(vectors.size());
  }
  return mean;
}

using Photos = std::map<std::string, std::vector<Sample>>;  // of one person each

Photos embed_people(const Stages& stages, const fs::path& people, const std::atomic<bool>& stop) {
  const PersonPhotoList list = list_person_photos(std::vector{people.string()}, stages.embedder());
  const std::vector<PhotoOutcome> outcomes =
      embed_photos(stages, list.photos, stop, [](std::int64_t, std::int64_t) {});
  Photos photos;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].status == PhotoStatus::kUsed) photos[list.photos[i].folder].push_back(outcomes[i].sample);
  }
  return photos;
}

void measure_genuine(const Photos& people, Calibration& calibration) {
  std::vector<float> scores;
  for (const auto& [name, photos] : people) {
    const std::vector<float> own = genuine_scores(photos, calibration);
    scores.insert(scores.end(), own.begin(), own.end());
  }
  const Genuine genuine = summarise(scores);
  calibration.genuine_mean = genuine.mean;
  calibration.genuine_stddev = genuine.stddev;
  calibration.genuine_photos = genuine.photos;
}

Cosines against_people(std::span<const Embedding> centred_strangers, const Photos& people,
                       const Calibration& calibration) {
  Cosines cosines;
  for (const auto& [name, photos] : people) {
    for (const CentredPerson& person : made_of_others(photos, calibration)) {
      for (const Embedding& stranger : centred_strangers) cosines.add(person.similarity(stranger));
    }
  }
  return cosines;
}

void store(const CalibrationReport& report) {
  model::ModelFile file = model::read_model(report.model);
  file.contract.calibrations[report.identity] = report.calibration;
  model::write_model(report.model, file);
}

}  // namespace

Calibration calibration_of(std::span<const Embedding> strangers, const Photos& people,
                           std::vector<LikestPair>& likest) {
  if (strangers.size() < kFewest) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("calibration needs the faces of {} different people at least, there are {}",
                            kFewest, strangers.size()));
  }
  Calibration result;
  result.centre = mean_of(strangers);
  std::vector<Embedding> vectors;
  for (const Embedding& stranger : strangers) vectors.push_back(centred(stranger, result));
  Cosines cosines;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const float cosine = similarity(vectors[i], vectors[j]);
      cosines.add(cosine);
      keep_likest(likest, {j, i, cosine});
    }
  }
  const auto pairs = static_cast<double>(cosines.pairs);
  result.pairs = cosines.pairs;
  result.mean = cosines.sum / pairs;
  result.stddev = std::sqrt(std::max(0.0, cosines.squares / pairs - result.mean * result.mean));
  if (!people.empty()) {
    cosines.mix(against_people(vectors, people, result), kPeopleShare);
    measure_genuine(people, result);
  }
  const double tail_start = cosines.reached_by(static_cast<double>(kTailPairs));
  const double slope = cosines.mean_excess(tail_start);
  std::string extrapolated;
  for (const double far : kRates) {
    const bool measured = far * pairs >= kFewestPairs;
    const double beyond = std::log(static_cast<double>(kTailPairs) / (far * pairs));
    const double threshold = measured ? cosines.reached_by(far * pairs) : tail_start + slope * beyond;
    result.far.push_back(far);
    result.threshold.push_back(static_cast<float>(std::min(threshold, 1.0)));
    if (!measured && extrapolated.empty()) extrapolated = fmt::format("; from FAR {:g} on extrapolated", far);
  }
  if (!people.empty()) extrapolated = fmt::format(", {} others{}", people.size(), extrapolated);
  result.source = fmt::format("{} people{}", strangers.size(), extrapolated);
  return result;
}

std::vector<std::size_t> repeated_people(std::span<const Embedding> strangers) {
  constexpr double kDeviations = 5;
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < strangers.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double cosine = similarity(strangers[i], strangers[j]);
      sum += cosine;
      squares += cosine * cosine;
    }
  }
  const double pairs = std::max(
      1.0, 0.5 * static_cast<double>(strangers.size()) * (static_cast<double>(strangers.size()) - 1));
  const double mean = sum / pairs;
  const double limit = mean + kDeviations * std::sqrt(std::max(0.0, squares / pairs - mean * mean));
  std::vector<std::size_t> kept;
  std::vector<std::size_t> repeated;
  for (std::size_t i = 0; i < strangers.size(); ++i) {
    const bool seen = std::any_of(kept.begin(), kept.end(), [&](std::size_t k) {
      return similarity(strangers[i], strangers[k]) > limit;
    });
    (seen ? repeated : kept).push_back(i);
  }
  return repeated;
}

CalibrationReport calibrate(const StageOptions& options, const fs::path& folder, const fs::path& people,
                            const std::atomic<bool>& stop, const ReportProgress& progress) {
  const Stages stages(options);
  const std::vector<fs::path> pictures = list_photos(folder).pictures;
  CalibrationReport report;
  MainFaces faces(stages, report);
  for (std::size_t i = 0; i < pictures.size() && !stop; ++i) {
    faces.add(pictures[i]);
    progress(static_cast<std::int64_t>(i) + 1, static_cast<std::int64_t>(pictures.size()));
  }
  const Photos known = people.empty() || stop ? Photos{} : embed_people(stages, people, stop);
  if (stop) {
    report.interrupted = true;
    return report;
  }
  std::vector<Embedding> strangers = faces.take();
  const double norm = faces.norm();
  const std::vector<std::size_t> repeated = repeated_people(strangers);
  for (auto i = repeated.rbegin(); i != repeated.rend(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(*i);
    report.repeated.push_back(report.used[*i]);
    report.used.erase(report.used.begin() + at);
    strangers.erase(strangers.begin() + at);
  }
  report.calibration = calibration_of(strangers, known, report.likest);
  report.calibration.norm = norm;
  report.calibration.source = folder.filename().string() + ": " + report.calibration.source;
  report.identity = stages.embedder().identity();
  report.model = model::resolve_model(options.embedder.substr(0, options.embedder.find(',')));
  store(report);
  return report;
}

}  // namespace kith

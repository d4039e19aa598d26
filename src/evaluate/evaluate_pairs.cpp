#include "evaluate/evaluate_pairs.h"

#include <fmt/format.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "core/rounding.h"
#include "evaluate/pairs_file.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kBatch = 16;  // pictures that one worker detects before it embeds them together

using PictureIndex = std::map<Pair::Picture, std::size_t>;

struct PairedPictures {
  PictureIndex index;
  std::vector<fs::path> paths;
};

PairedPictures list_pictures(const std::vector<std::vector<Pair>>& folds, const PairsOptions& options) {
  PairedPictures pictures;
  for (const auto& fold : folds) {
    for (const Pair& pair : fold) {
      pictures.index.emplace(pair.a, 0);
      pictures.index.emplace(pair.b, 0);
    }
  }
  std::string missing;
  std::size_t count = 0;
  for (auto& [picture, i] : pictures.index) {
    i = pictures.paths.size();
    pictures.paths.push_back(find_picture(options.images, picture));
    if (!pictures.paths.back().empty()) continue;
    ++count;
    missing += "\n  " + picture.name + " " + std::to_string(picture.number);
  }
  if (count > 0) {
    throw Error(ErrorCode::kNotFound, options.images.string() + ": " + std::to_string(count) + " of " +
                                          std::to_string(pictures.paths.size()) + " pictures of " +
                                          options.pairs.string() +
                                          " are missing (NAME/NAME_0001.jpg):" + missing);
  }
  return pictures;
}

// Detection is the larger part: workers detect picture by picture and embed what they have together.
class PictureEmbedder {
 public:
  PictureEmbedder(const Stages& stages, const std::vector<fs::path>& paths)
      : stages_(stages), paths_(paths), embeddings_(paths.size()) {}

  const Embedding& operator[](std::size_t picture) const { return embeddings_[picture]; }
  const std::vector<std::string>& failed() const { return failed_; }

  void embed_batch(std::size_t batch) {
    std::vector<Chip> chips;
    const std::size_t begin = batch * kBatch;
    const std::size_t end = std::min(begin + kBatch, paths_.size());
    for (std::size_t i = begin; i < end; ++i) chips.push_back(chip_of(paths_[i]));
    std::vector<Embedding> found = stages_.embedder().embed(chips);
    std::move(found.begin(), found.end(), embeddings_.begin() + static_cast<std::ptrdiff_t>(begin));
  }

 private:
  Chip chip_of(const fs::path& path) {
    const cv::Mat image = read_image(path);
    const std::vector<Face> faces = stages_.detect(image);
    if (!faces.empty())
      return align(image, faces[main_face(faces, image.size())], stages_.embedder().geometry());
    const std::scoped_lock lock(mutex_);
    failed_.push_back(path.string());
    return centre_chip(image, stages_.embedder().geometry());
  }

  const Stages& stages_;
  const std::vector<fs::path>& paths_;
  std::vector<Embedding> embeddings_;
  std::mutex mutex_;  // guards failed_
  std::vector<std::string> failed_;
};

}  // namespace

PairsReport evaluate_pairs(const Stages& stages, const PairsOptions& options, const std::atomic<bool>& stop,
                           const ReportProgress& progress) {
  const auto folds = parse_pairs(read_file(options.pairs), options.pairs.string());
  const PairedPictures pictures = list_pictures(folds, options);
  PictureEmbedder embedder(stages, pictures.paths);
  std::atomic<std::int64_t> done = 0;
  const std::size_t batches = (pictures.paths.size() + kBatch - 1) / kBatch;
  for_each_in_parallel(batches, options.workers, stop, [&](std::size_t batch) {
    embedder.embed_batch(batch);
    progress(std::min<std::int64_t>(done += kBatch, std::ssize(pictures.paths)), std::ssize(pictures.paths));
  });
  PairsReport report;
  report.interrupted = done < std::ssize(pictures.paths);
  if (report.interrupted) return report;

  std::vector<std::vector<ScoredPair>> scored(folds.size());
  std::vector<ScoredPair> all;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    for (const Pair& pair : folds[i]) {
      const Embedding& a = embedder[pictures.index.at(pair.a)];
      const Embedding& b = embedder[pictures.index.at(pair.b)];
      scored[i].push_back({similarity(a, b), pair.same});
      all.push_back(scored[i].back());
    }
  }
  report.figures = verify_folds(scored);
  report.pairs = std::ssize(all);
  report.curve = roc_curve(all);
  report.failed = embedder.failed();
  std::sort(report.failed.begin(), report.failed.end());
  return report;
}

std::vector<std::string> notes(const PairsReport& report) {
  std::vector<std::string> notes;
  for (const TarAtFar& figure : report.figures.tar_at_far) {
    if (!figure.tar) notes.push_back(note(figure));
  }
  return notes;
}

nlohmann::ordered_json to_json(const PairsReport& report) {
  using Json = nlohmann::ordered_json;
  const Verification& f = report.figures;
  Json tars = Json::object();
  Json intervals = Json::object();
  for (const TarAtFar& figure : f.tar_at_far) {
    const std::string far = fmt::format("{:g}", figure.far);
    tars[far] = figure.tar ? Json(rounded_figure(*figure.tar)) : Json();
    intervals[far] = to_json(figure.interval);
  }
  return {{"pairs", report.pairs},
          {"accuracy", rounded_figure(f.accuracy)},
          {"accuracy_std", rounded_figure(f.accuracy_std)},
          {"tar_at_far", tars},
          {"auc", rounded_figure(f.auc)},
          {"eer", rounded_figure(f.eer)},
          {"threshold", rounded_score(f.threshold)},
          {"intervals",
           {{"accuracy", to_json(f.accuracy_interval)},
            {"tar_at_far", intervals},
            {"auc", to_json(f.auc_interval)},
            {"eer", to_json(f.eer_interval)}}},
          {"no_face", report.failed.size()},
          {"notes", notes(report)}};
}

}  // namespace kith

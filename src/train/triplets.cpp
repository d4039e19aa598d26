#include "train/triplets.h"

#include <kith/error.h>
#include <torch/torch.h>

#include <algorithm>
#include <random>

namespace kith::train {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// The positives and negatives of one anchor.
struct Others {
  std::vector<std::int64_t> positives, negatives;
};

Others others_of(std::int64_t anchor, const std::vector<std::int64_t>& labels) {
  Others others;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(labels.size()); ++i) {
    if (i == anchor) continue;
    (labels[at(i)] == labels[at(anchor)] ? others.positives : others.negatives).push_back(i);
  }
  return others;
}

}  // namespace

Selection parse_selection(const std::string& name) {
  if (name == "random") return Selection::kRandom;
  if (name == "semi-hard") return Selection::kSemiHard;
  if (name == "hard") return Selection::kHard;
  if (name == "batch-hard") return Selection::kBatchHard;
  throw Error(ErrorCode::kInvalidArgument, "no selection of triplets is called \"" + name +
                                               "\"; there are random, semi-hard, hard, batch-hard");
}

std::vector<Triplet> select_triplets(const torch::Tensor& distances, const std::vector<std::int64_t>& labels,
                                     Selection selection, double margin, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const torch::Tensor table = distances.to(torch::kCPU, torch::kFloat).contiguous();
  const float* const values = table.data_ptr<float>();
  const auto count = static_cast<std::int64_t>(labels.size());
  std::vector<Triplet> chosen;
  for (std::int64_t a = 0; a < count; ++a) {
    const Others others = others_of(a, labels);
    if (others.positives.empty() || others.negatives.empty()) continue;
    const auto distance = [&](std::int64_t i) { return values[a * count + i]; };
    const auto nearer = [&](std::int64_t i, std::int64_t j) { return distance(i) < distance(j); };
    const auto nearest = *std::min_element(others.negatives.begin(), others.negatives.end(), nearer);
    if (selection == Selection::kBatchHard) {
      chosen.push_back(
          {a, *std::max_element(others.positives.begin(), others.positives.end(), nearer), nearest});
      continue;
    }
    for (const std::int64_t p : others.positives) {
      std::vector<std::int64_t> semi_hard;
      if (selection == Selection::kSemiHard) {
        for (const std::int64_t n : others.negatives) {
          if (distance(n) > distance(p) && distance(n) < distance(p) + margin) semi_hard.push_back(n);
        }
        if (semi_hard.empty()) continue;
      }
      const auto& pool = selection == Selection::kSemiHard ? semi_hard : others.negatives;
      // Not std::uniform_int_distribution: what it gives is each library's own.
      chosen.push_back({a, p, selection == Selection::kHard ? nearest : pool[random() % pool.size()]});
    }
  }
  return chosen;
}

TripletResult triplet_loss(const torch::Tensor& embeddings, const std::vector<std::int64_t>& labels,
                           Selection selection, double margin, std::uint64_t seed) {
  const torch::Tensor distances =
      (2 - 2 * torch::mm(embeddings.detach(), embeddings.detach().t())).clamp_min(0);
  const auto triplets = select_triplets(distances, labels, selection, margin, seed);
  std::int64_t possible = 0;
  for (std::int64_t a = 0; a < static_cast<std::int64_t>(labels.size()); ++a) {
    const auto others = others_of(a, labels);
    if (others.negatives.empty() || others.positives.empty()) continue;
    possible += selection == Selection::kBatchHard ? 1 : static_cast<std::int64_t>(others.positives.size());
  }
  TripletResult result;
  result.triplets = static_cast<std::int64_t>(triplets.size());
  if (triplets.empty()) {
    result.loss = embeddings.sum() * 0;
    return result;
  }
  std::vector<std::int64_t> a, p, n;
  for (const Triplet& t : triplets) a.push_back(t.anchor), p.push_back(t.positive), n.push_back(t.negative);
  const auto rows = [&](const std::vector<std::int64_t>& index) {
    return embeddings.index_select(0, torch::tensor(index).to(embeddings.device()));
  };
  const torch::Tensor anchors = rows(a);
  const torch::Tensor losses =
      torch::relu((anchors - rows(p)).square().sum(1) - (anchors - rows(n)).square().sum(1) + margin);
  result.loss = losses.mean();
  result.active = static_cast<double>((losses.detach() > 0).sum().item<std::int64_t>()) /
                  static_cast<double>(std::max<std::int64_t>(possible, 1));
  return result;
}

}  // namespace kith::train

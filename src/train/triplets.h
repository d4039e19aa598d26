// triplets: which anchor, positive and negative of a batch are compared. FaceNet, Schroff et al. 2015, arXiv:1503.03832.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kith::train {

/// Distances are squared, between unit vectors, so in [0, 4].
enum class Selection {
  kRandom,    // every anchor-positive pair with any negative
  kSemiHard,  // ... with a negative that is farther than the positive, by less than the margin (FaceNet 3.2)
  kHard,      // ... with the nearest negative
  kBatchHard,  // every anchor with its farthest positive and its nearest negative (Hermans et al. 2017, arXiv:1703.07737)
};
/// "random", "semi-hard", "hard", "batch-hard". @throws Error kInvalidArgument.
Selection parse_selection(const std::string& name);

struct Triplet {
  std::int64_t anchor, positive, negative;
};

/// @param distances  n x n, on the CPU, squared. @param labels  n.
/// @return for kSemiHard only pairs for which there is such a negative; pairs (a, p) and (p, a) both count.
std::vector<Triplet> select_triplets(const torch::Tensor& distances, const std::vector<std::int64_t>& labels,
                                     Selection selection, double margin, std::uint64_t seed);

struct TripletResult {
  torch::Tensor loss;  // mean of max(d(a, p) - d(a, n) + margin, 0); 0 without triplets
  std::int64_t triplets = 0;
  double active =
      0;  // share of the pairs (kBatchHard: anchors) that still teach something: whose loss is above 0
};

/// @param embeddings  n x dimension, unit length.
TripletResult triplet_loss(const torch::Tensor& embeddings, const std::vector<std::int64_t>& labels,
                           Selection selection, double margin, std::uint64_t seed);

}  // namespace kith::train

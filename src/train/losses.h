// losses: what is made small. Each takes what a network returns for a batch, n x dimension, not normalised.
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <string>

namespace kith::train {

enum class Margin {
  kSoftmax,  // logit = w y + b, no margin: facenet's train_softmax.py
  kCosFace,  // scale (cos - margin), 64 and 0.4: Wang et al. 2018, arXiv:1801.09414, with insightface's constants
  kArcFace,  // scale cos(angle + margin), 64 and 0.5: Deng et al. 2018, arXiv:1801.07698
  kAdaFace,  // a margin that follows the vector's length, 64, 0.4, h 0.333: Kim et al. 2022, arXiv:2204.00964
};
/// "softmax", "cosface", "arcface", "adaface". @throws Error kInvalidArgument.
Margin parse_margin(const std::string& name);

struct MarginOptions {
  Margin kind = Margin::kArcFace;
  double scale = 64;
  double margin = 0.5;
  double h = 0.333;    // AdaFace: how many deviations of the length make the whole margin
  double keep = 0.99;  // AdaFace: momentum of the lengths' mean and deviation
};
/// The publications' constants.
MarginOptions default_margin(Margin kind);

/// The class weights of a classification loss; thrown away after training.
class MarginHead : public torch::nn::Module {
 public:
  MarginHead(const MarginOptions& options, std::int64_t classes, std::int64_t dimension, std::uint64_t seed);
  /// @param labels  n integers below classes. @return the mean cross entropy.
  torch::Tensor forward(const torch::Tensor& embeddings, const torch::Tensor& labels);
  /// The scaled logits with the margin on each row's own class: what the cross entropy is taken of.
  torch::Tensor logits(const torch::Tensor& embeddings, const torch::Tensor& labels);

 private:
  torch::Tensor ada_margins(const torch::Tensor& cosines, const torch::Tensor& norms);

  MarginOptions options_;
  torch::Tensor weight_, bias_;
  torch::Tensor norm_mean_, norm_deviation_;  // buffers, AdaFace
};

/// Vectors are drawn to the middle of their class: Wen et al. 2016 as facenet.py's center_loss has it: mean((y - c)^2), and
/// c moves by (1 - alpha) (y - c), alpha = 0.95, from 0.
class CenterLoss : public torch::nn::Module {
 public:
  CenterLoss(std::int64_t classes, std::int64_t dimension, double alpha = 0.95);
  /// Moves the centres when in training.
  torch::Tensor forward(const torch::Tensor& embeddings, const torch::Tensor& labels);

 private:
  double alpha_;
  torch::Tensor centers_;  // buffer
};

struct DistillOptions {
  double relation = 0.05;     // weight of the relational term; 0: none
  double temperature = 0.05;  // of its softmax over cosines
  double length = 0.1;        // weight of the term that holds the vectors' length
};

/// Teaches a student to answer for a poor picture what its teacher answers for the good one: mean of
///   weight (1 - cos(student, teacher))
/// + relation * KL between the softmax of a teacher's vector's cosines to all teachers' vectors of the batch, and of the
///   student's vector's to the same (without it all poor pictures may drift to one place and strangers look alike;
///   Park et al. 2019, arXiv:1904.05068, for the idea of relations)
/// + length * (log |student| - log length)^2: what the network cannot read shall stay short.
/// @param teacher  n x dimension, of the good pictures. @param lengths  n: |teacher(the same poor picture)|; undefined: no
/// such term. @param weights  n; undefined: 1.
torch::Tensor distill_loss(const torch::Tensor& student, const torch::Tensor& teacher,
                           const torch::Tensor& lengths, const torch::Tensor& weights,
                           const DistillOptions& options);

/// Rows of length 1; as torch::nn::functional::normalize, spelt once.
torch::Tensor unit(const torch::Tensor& rows);

}  // namespace kith::train

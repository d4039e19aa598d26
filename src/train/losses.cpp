#include "train/losses.h"

#include <kith/error.h>
#include <torch/torch.h>

#include <cmath>
#include <numbers>

namespace kith::train {

Margin parse_margin(const std::string& name) {
  if (name == "softmax") return Margin::kSoftmax;
  if (name == "cosface") return Margin::kCosFace;
  if (name == "arcface") return Margin::kArcFace;
  if (name == "adaface") return Margin::kAdaFace;
  throw Error(ErrorCode::kInvalidArgument,
              "no margin is called \"" + name + "\"; there are softmax, cosface, arcface, adaface");
}

MarginOptions default_margin(Margin kind) {
  MarginOptions options;
  options.kind = kind;
  if (kind != Margin::kArcFace) options.margin = 0.4;
  return options;
}

torch::Tensor unit(const torch::Tensor& rows) {
  return rows / rows.norm(2, std::vector<std::int64_t>{1}, true).clamp_min(1e-12);
}

MarginHead::MarginHead(const MarginOptions& options, std::int64_t classes, std::int64_t dimension,
                       std::uint64_t seed)
    : options_(options) {
  torch::manual_seed(seed);
  weight_ = register_parameter("weight", torch::randn({classes, dimension}) * 0.01);
  if (options_.kind == Margin::kSoftmax) bias_ = register_parameter("bias", torch::zeros({classes}));
  // Where AdaFace's authors begin: mean 20, deviation 100.
  norm_mean_ = register_buffer("norm_mean", torch::full({1}, 20.0));
  norm_deviation_ = register_buffer("norm_deviation", torch::full({1}, 100.0));
}

torch::Tensor MarginHead::ada_margins(const torch::Tensor& cosines, const torch::Tensor& norms) {
  const torch::Tensor safe = norms.detach().clamp(0.001, 100);
  if (is_training() && safe.size(0) > 1) {
    torch::NoGradGuard guard;
    norm_mean_.mul_(options_.keep).add_(safe.mean(), 1 - options_.keep);
    norm_deviation_.mul_(options_.keep).add_(safe.std(), 1 - options_.keep);
  }
  const torch::Tensor quality = (((safe - norm_mean_) / (norm_deviation_ + 1e-3)) * options_.h).clamp(-1, 1);
  const torch::Tensor angle =
      (cosines.acos() - options_.margin * quality).clamp(1e-3, std::numbers::pi - 1e-3);
  return angle.cos() - (options_.margin + options_.margin * quality);
}

torch::Tensor MarginHead::logits(const torch::Tensor& embeddings, const torch::Tensor& labels) {
  if (options_.kind == Margin::kSoftmax) return torch::mm(embeddings, weight_.t()) + bias_;
  // Not quite 1: the arc cosine has no slope there.
  const torch::Tensor cosines = torch::mm(unit(embeddings), unit(weight_).t()).clamp(-1 + 1e-7, 1 - 1e-7);
  const torch::Tensor index = labels.unsqueeze(1);
  const torch::Tensor own = cosines.gather(1, index).squeeze(1);
  torch::Tensor target;
  if (options_.kind == Margin::kCosFace) {
    target = own - options_.margin;
  } else if (options_.kind == Margin::kAdaFace) {
    target = ada_margins(own, embeddings.norm(2, std::vector<std::int64_t>{1}));
  } else {
    // Past angle + margin = pi the cosine would rise again: there a straight line goes on (insightface, ArcFace).
    const double threshold = std::cos(std::numbers::pi - options_.margin);
    const torch::Tensor sine = (1 - own.square()).clamp_min(1e-12).sqrt();
    const torch::Tensor moved = own * std::cos(options_.margin) - sine * std::sin(options_.margin);
    target = torch::where(own > threshold, moved,
                          own - std::sin(std::numbers::pi - options_.margin) * options_.margin);
  }
  return options_.scale * cosines.scatter(1, index, target.unsqueeze(1));
}

torch::Tensor MarginHead::forward(const torch::Tensor& embeddings, const torch::Tensor& labels) {
  return torch::nll_loss(torch::log_softmax(logits(embeddings, labels), 1), labels);
}

CenterLoss::CenterLoss(std::int64_t classes, std::int64_t dimension, double alpha) : alpha_(alpha) {
  centers_ = register_buffer("centers", torch::zeros({classes, dimension}));
}

torch::Tensor CenterLoss::forward(const torch::Tensor& embeddings, const torch::Tensor& labels) {
  const torch::Tensor own = centers_.index_select(0, labels);
  const torch::Tensor loss = (embeddings - own).square().mean();
  if (is_training()) {
    torch::NoGradGuard guard;
    centers_.index_add_(0, labels, (embeddings.detach() - own) * (1 - alpha_));
  }
  return loss;
}

torch::Tensor distill_loss(const torch::Tensor& student, const torch::Tensor& teacher,
                           const torch::Tensor& lengths, const torch::Tensor& weights,
                           const DistillOptions& options) {
  const torch::Tensor s = unit(student), t = unit(teacher);
  torch::Tensor each = 1 - (s * t).sum(1);
  if (weights.defined()) each = each * weights;
  torch::Tensor loss = each.mean();
  if (options.relation > 0) {
    const torch::Tensor wanted = torch::softmax(torch::mm(t, t.t()) / options.temperature, 1);
    const torch::Tensor log_given = torch::log_softmax(torch::mm(s, t.t()) / options.temperature, 1);
    loss = loss + options.relation * (wanted * (wanted.clamp_min(1e-12).log() - log_given)).sum(1).mean();
  }
  if (options.length > 0 && lengths.defined()) {
    const torch::Tensor log_length = student.norm(2, std::vector<std::int64_t>{1}).clamp_min(1e-6).log();
    loss = loss + options.length * (log_length - lengths.clamp_min(1e-6).log()).square().mean();
  }
  return loss;
}

}  // namespace kith::train

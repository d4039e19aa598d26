#include "train/evaluation.h"

#include <ATen/autocast_mode.h>
#include <kith/error.h>
#include <torch/torch.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/files.h"
#include "core/parallel.h"
#include "evaluate/pairs_file.h"
#include "evaluate/roc.h"
#include "train/losses.h"

namespace kith::train {
namespace {

// libtorch's call for it changed between 1.13 (Debian 12) and 2.4.
void set_autocast(bool cuda, bool on) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  const auto device = cuda ? at::kCUDA : at::kCPU;
  at::autocast::set_autocast_enabled(device, on);
  at::autocast::set_autocast_dtype(device, at::kBFloat16);
#else
  if (cuda) {
    at::autocast::set_enabled(on);
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
  } else {
    at::autocast::set_cpu_enabled(on);
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
  }
#endif
}

// "…/Ann/Ann_0001.png" -> "Ann/Ann_0001"
std::string pair_key(const std::string& key) {
  const std::filesystem::path path(key);
  return path.parent_path().filename().string() + '/' + path.stem().string();
}

double middle(torch::Tensor values) { return values.median().item<double>(); }

}  // namespace

nlohmann::json to_json(const InputForm& form) {
  return {{"channels", form.rgb ? "rgb" : "bgr"}, {"mean", form.mean}, {"scale", form.scale}};
}

InputForm parse_input_form(const std::string& json, const std::string& where) {
  try {
    const auto parsed = nlohmann::json::parse(json);
    return {parsed.at("channels") == "rgb", parsed.at("mean").get<double>(),
            parsed.at("scale").get<double>()};
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, where + ": damaged input form: " + error.what());
  }
}

Autocast::Autocast(const Machine& machine) : on_(machine.bf16), cuda_(machine.device.is_cuda()) {
  if (on_) set_autocast(cuda_, true);
}

Autocast::~Autocast() {
  if (!on_) return;
  set_autocast(cuda_, false);
  at::autocast::clear_cache();
}

torch::Tensor prepare(const torch::Tensor& images, const InputForm& form, const Machine& machine) {
  torch::Tensor x = images.to(machine.device).to(torch::kFloat).permute({0, 3, 1, 2});
  if (form.rgb) x = x.flip({1});
  return ((x - form.mean) * form.scale)
      .contiguous(machine.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

torch::Tensor embed(GraphNetwork& network, const InputForm& form, const Machine& machine,
                    const std::vector<ChipItem>& chips, const Degradation& degradation, int threads) {
  const bool training = network.is_training();
  network.eval();
  torch::NoGradGuard guard;
  constexpr std::size_t kAtATime = 256;
  std::vector<torch::Tensor> parts;
  const std::atomic<bool> stop = false;
  const bool degraded = !to_string(degradation).empty();
  for (std::size_t from = 0; from < chips.size(); from += kAtATime) {
    std::vector<cv::Mat> images(std::min(kAtATime, chips.size() - from));
    for_each_in_parallel(images.size(), threads, stop, [&](std::size_t i) {
      images[i] = decode_chip(chips[from + i], network.structure().size);
      if (degraded) images[i] = degrade_chip(images[i], degradation, from + i + 1);
    });
    const Autocast autocast(machine);
    parts.push_back(network.forward(prepare(stack(images), form, machine)).to(torch::kCPU));
  }
  network.train(training);
  return parts.empty() ? torch::zeros({0, network.structure().dimension}) : torch::cat(parts);
}

Spread spread_of(const torch::Tensor& embeddings) {
  Spread spread;
  if (embeddings.size(0) < 2) return spread;
  torch::NoGradGuard guard;
  const torch::Tensor rows = unit(embeddings.detach().to(torch::kCPU, torch::kFloat));
  const torch::Tensor centred = rows - rows.mean(0, true);
  spread.deviation = std::sqrt(centred.square().sum(1).mean().item<double>());
  const torch::Tensor eigenvalues =
      torch::linalg_eigvalsh(torch::mm(centred.t(), centred).to(torch::kDouble)).clamp_min(0);
  const double sum = eigenvalues.sum().item<double>();
  if (sum > 1e-12) {
    const torch::Tensor p = eigenvalues / sum;
    spread.effective_rank = std::exp(-(p * p.clamp_min(1e-300).log()).sum().item<double>());
  }
  return spread;
}

double tar_at_far(const torch::Tensor& embeddings, const std::vector<std::int64_t>& labels, double far) {
  const torch::Tensor rows = unit(embeddings.to(torch::kFloat));
  const torch::Tensor cosines = torch::mm(rows, rows.t());
  const torch::Tensor of = torch::tensor(labels);
  const torch::Tensor same = of.unsqueeze(0) == of.unsqueeze(1);
  const torch::Tensor upper = torch::ones_like(cosines).triu(1) > 0;
  const torch::Tensor own = cosines.masked_select(same & upper), other = cosines.masked_select(~same & upper);
  const auto allowed = static_cast<std::int64_t>(far * static_cast<double>(other.numel()));
  if (own.numel() == 0 || allowed < 1) return std::nan("");
  const double threshold = std::get<0>(other.topk(allowed)).min().item<double>();
  return (own > threshold).to(torch::kFloat).mean().item<double>();
}

std::map<std::string, double> evaluate_chip_pairs(const torch::Tensor& embeddings,
                                                  const std::vector<ChipItem>& chips,
                                                  const std::string& pairs, int folds) {
  std::unordered_map<std::string, std::int64_t> row;
  for (std::size_t i = 0; i < chips.size(); ++i) row[pair_key(chips[i].key)] = static_cast<std::int64_t>(i);
  const torch::Tensor rows = unit(embeddings).contiguous();
  const auto find = [&](const Pair::Picture& picture) {
    char number[16];
    std::snprintf(number, sizeof number, "_%04d", picture.number);
    const auto found = row.find(picture.name + '/' + picture.name + number);
    if (found == row.end())
      throw Error(ErrorCode::kNotFound, pairs + ": no chip shows " + picture.name + number);
    return rows[found->second];
  };
  std::vector<std::vector<ScoredPair>> scored;
  for (const auto& fold : parse_pairs(read_file(pairs), pairs)) {
    if (static_cast<int>(scored.size()) == folds) break;
    scored.emplace_back();
    for (const Pair& pair : fold)
      scored.back().push_back({find(pair.a).dot(find(pair.b)).item<float>(), pair.same});
  }
  const Verification figures = verify_folds(scored);
  std::map<std::string, double> result{{"pairs_accuracy", figures.accuracy},
                                       {"pairs_accuracy_std", figures.accuracy_std},
                                       {"pairs_auc", figures.auc},
                                       {"pairs_eer", figures.eer}};
  for (const TarAtFar& at : figures.tar_at_far) {
    if (at.tar) result[at.far > 0.005 ? "pairs_tar_1e-2" : "pairs_tar_1e-3"] = *at.tar;
  }
  return result;
}

std::map<std::string, double> evaluate_far(GraphNetwork& student, const torch::Tensor& teacher,
                                           const InputForm& form, const Machine& machine, const Held& held,
                                           int threads) {
  std::map<std::string, double> result;
  const torch::Tensor wanted = unit(teacher);
  const torch::Tensor of = torch::tensor(held.labels);
  const torch::Tensor others = of.unsqueeze(0) != of.unsqueeze(1);
  for (const int px : {0, 32, 24, 16, 12}) {
    Degradation degradation;
    degradation.px = px;
    const torch::Tensor given = unit(embed(student, form, machine, held.chips, degradation, threads));
    const std::string name = px == 0 ? "clean" : std::to_string(px);
    result["cosine_" + name] = middle((given * wanted).sum(1));
    result["alike_" + name] = torch::mm(given, given.t()).masked_select(others).mean().item<double>();
  }
  return result;
}

}  // namespace kith::train

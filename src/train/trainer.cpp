#include "train/trainer.h"

#include <kith/error.h>
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "core/line_file.h"
#include "train/batches.h"
#include "train/checkpoint.h"
#include "train/evaluation.h"
#include "train/losses.h"
#include "train/networks.h"
#include "train/triplets.h"

namespace kith::train {
namespace {
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Figures = std::map<std::string, double>;

constexpr std::size_t kMostHeld = 2000;  // chips of an evaluation: two million pairs

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// All tensors of a module that training changes, by name.
std::map<std::string, torch::Tensor> state_of(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> state;
  for (const auto& item : module.named_parameters(false)) state[item.key()] = item.value();
  for (const auto& item : module.named_buffers(false)) state[item.key()] = item.value();
  return state;
}

class Trainer {
 public:
  Trainer(const Recipe& recipe, const RunOptions& options)
      : recipe_(recipe),
        options_(options),
        dataset_(recipe.shards, recipe.held_out, recipe.least_photos, recipe.seed),
        log_(options.folder / "log.jsonl", LineFile::Mode::kAppend, Access::kShared) {
    choose_machine();
    make_networks();
    make_optimizer();
    collect_held();
    if (options_.go_on && fs::exists(checkpoint_path())) restore();
  }

  Outcome run(const std::atomic<bool>& stop) {
    Loader loader(dataset_, recipe_, step_, network_->structure().size);
    start_ = Clock::now();
    first_step_ = step_;
    write_line({{"event", "start"},
                {"step", step_},
                {"recipe", to_json(recipe_)},
                {"trained_chips", dataset_.trained().size()},
                {"trained_people", dataset_.people()},
                {"held_chips", dataset_.held().size()},
                {"libtorch", TORCH_VERSION}});
    if (step_ == 0) evaluate();
    bool out_of_time = false;
    while (step_ < recipe_.steps && !stop && !out_of_time) {
      one_step(loader.next());
      const bool last = step_ == recipe_.steps;
      if (step_ % recipe_.evaluate_every == 0 || last) {
        evaluate();
        if (recipe_.patience > 0 && worse_ >= recipe_.patience) break;
      }
      if (step_ % recipe_.save_every == 0 || last) save();
      out_of_time = recipe_.minutes > 0 && seconds_since(start_) > recipe_.minutes * 60;
    }
    if (out_of_time) evaluate();
    save();
    if (stop && step_ < recipe_.steps) return Outcome::kInterrupted;
    save_model();
    return Outcome::kDone;
  }

 private:
  fs::path checkpoint_path() const { return options_.folder / "checkpoint.safetensors"; }

  void choose_machine() {
    if (recipe_.device == "cuda") {
      if (!torch::cuda::is_available())
        throw Error(ErrorCode::kUnsupported, "--device cuda: this libtorch sees no GPU");
      machine_.device = torch::Device(torch::kCUDA, 0);
    }
    machine_.bf16 = recipe_.precision == "bf16";
    machine_.channels_last = recipe_.channels_last;
    at::globalContext().setDeterministicCuDNN(recipe_.deterministic);
    at::globalContext().setBenchmarkCuDNN(!recipe_.deterministic);
  }

  void make_networks() {
    if (fs::exists(recipe_.network)) {
      const Checkpoint start = load_checkpoint(recipe_.network);
      network_ = std::make_shared<GraphNetwork>(get_graph(start, recipe_.network));
      if (start.texts.contains("input")) form_ = parse_input_form(start.texts.at("input"), recipe_.network);
      if (start.texts.contains("contract")) contract_ = start.texts.at("contract");
    } else {
      if (recipe_.distils())
        throw Error(ErrorCode::kInvalidArgument,
                    "--loss distill: --network must be a checkpoint, which is teacher and start");
      network_ =
          std::make_shared<GraphNetwork>(make_network(recipe_.network, recipe_.dimension, recipe_.seed));
    }
    if (recipe_.distils()) {
      teacher_ = std::make_shared<GraphNetwork>(network_->structure());
      teacher_->to(machine_.device);
      teacher_->eval();
      for (torch::Tensor& parameter : teacher_->parameters()) parameter.set_requires_grad(false);
    }
    network_->to(machine_.device);
    const std::int64_t dimension = network_->structure().dimension;
    if (recipe_.loss != "triplet" && !recipe_.distils()) {
      MarginOptions margin = default_margin(parse_margin(recipe_.loss));
      if (recipe_.margin >= 0) margin.margin = recipe_.margin;
      margin.scale = recipe_.scale;
      head_ = std::make_shared<MarginHead>(margin, dataset_.people(), dimension, mix(recipe_.seed, 5));
      head_->to(machine_.device);
    }
    if (recipe_.center > 0) {
      center_ = std::make_shared<CenterLoss>(dataset_.people(), dimension);
      center_->to(machine_.device);
    }
    if (recipe_.ema > 0) {
      for (const auto& [name, tensor] : state_of(*network_)) average_[name] = tensor.detach().clone();
    }
  }

  void make_optimizer() {
    parameters_ = network_->parameters();
    if (head_) {
      for (const torch::Tensor& parameter : head_->parameters()) parameters_.push_back(parameter);
    }
    if (recipe_.optimizer == "sgd") {
      optimizer_ = std::make_unique<torch::optim::SGD>(
          parameters_,
          torch::optim::SGDOptions(recipe_.rate).momentum(0.9).weight_decay(recipe_.weight_decay));
    } else {
      optimizer_ = std::make_unique<torch::optim::AdamW>(
          parameters_, torch::optim::AdamWOptions(recipe_.rate).weight_decay(recipe_.weight_decay));
    }
  }

  void collect_held() {
    for (const auto& entry : dataset_.held()) {
      if (held_.chips.size() == kMostHeld) break;
      held_.chips.push_back(dataset_.chip(entry));
      held_.labels.push_back(entry.label);
    }
    for (const std::string& path : recipe_.held_shards) {
      pair_shards_.emplace_back(path);
      for (std::size_t i = 0; i < pair_shards_.back().size(); ++i)
        pair_chips_.push_back(pair_shards_.back()[i]);
    }
    if (teacher_) teacher_held_ = embed(*teacher_, form_, exact_machine(), held_.chips, {}, recipe_.threads);
  }

  // Evaluations are in 32 bits, whatever training is in.
  Machine exact_machine() const {
    Machine exact = machine_;
    exact.bf16 = false;
    return exact;
  }

  void set_rate(double rate) {
    for (auto& group : optimizer_->param_groups()) {
      if (recipe_.optimizer == "sgd") {
        static_cast<torch::optim::SGDOptions&>(group.options()).lr(rate);
      } else {
        static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
      }
    }
  }

  torch::Tensor loss_of(const Batch& batch, const torch::Tensor& images, const torch::Tensor& given) {
    if (recipe_.loss == "triplet") {
      TripletResult result = triplet_loss(unit(given), batch.labels, parse_selection(recipe_.selection),
                                          recipe_.margin >= 0 ? recipe_.margin : 0.2,
                                          mix(recipe_.seed, 6, static_cast<std::uint64_t>(step_)));
      active_ = result.active;
      triplets_ = result.triplets;
      return result.loss;
    }
    if (recipe_.distils()) {
      torch::Tensor wanted, lengths;
      {
        torch::NoGradGuard guard;
        const Autocast autocast(machine_);
        wanted = teacher_->forward(prepare(batch.source, form_, machine_));
        if (recipe_.length > 0) lengths = teacher_->forward(images).norm(2, std::vector<std::int64_t>{1});
      }
      const torch::Tensor weights = 1 + batch.clean.to(machine_.device) * (recipe_.clean_weight - 1);
      return distill_loss(given, wanted, lengths, weights, {recipe_.relation, 0.05, recipe_.length});
    }
    const torch::Tensor labels = torch::tensor(batch.labels).to(machine_.device);
    torch::Tensor loss = head_->forward(given, labels);
    if (center_) loss = loss + recipe_.center * center_->forward(given, labels);
    return loss;
  }

  void one_step(const Batch& batch) {
    network_->train();
    torch::manual_seed(
        static_cast<std::int64_t>(mix(recipe_.seed, 7, static_cast<std::uint64_t>(step_)) >> 1U));  // dropout
    set_rate(rate_at(recipe_, step_));
    optimizer_->zero_grad();
    const torch::Tensor images = prepare(batch.images, form_, machine_);
    torch::Tensor given;
    {
      const Autocast autocast(machine_);
      given = network_->forward(images);
    }
    const torch::Tensor loss = loss_of(batch, images, given);
    loss.backward();
    const double gradient =
        torch::nn::utils::clip_grad_norm_(parameters_, recipe_.clip > 0 ? recipe_.clip : INFINITY);
    if (!std::isfinite(gradient) || !std::isfinite(loss.item<double>())) refuse(batch);
    optimizer_->step();
    ++step_;
    images_ += batch.images.size(0);
    follow();
    if (step_ % recipe_.log_every == 0) report(loss.item<double>(), gradient, given);
  }

  // The averaged weights.
  void follow() {
    if (average_.empty()) return;
    torch::NoGradGuard guard;
    // Not slower than the run is old: else the first weights stay in it for long.
    const double decay =
        std::min(recipe_.ema, (1.0 + static_cast<double>(step_)) / (10.0 + static_cast<double>(step_)));
    std::vector<torch::Tensor> average, now;
    for (const auto& [name, tensor] : state_of(*network_)) {
      average.push_back(average_.at(name));
      now.push_back(tensor.detach());
    }
    torch::_foreach_mul_(average, decay);
    torch::_foreach_add_(average, now, 1 - decay);
  }

  [[noreturn]] void refuse(const Batch& batch) {
    const fs::path path = options_.folder / "nan.safetensors";
    Checkpoint saved;
    saved.tensors = {{"images", batch.images},
                     {"labels", torch::tensor(batch.labels)},
                     {"entries", torch::tensor(batch.entries)}};
    saved.texts["step"] = std::to_string(step_);
    put_graph(saved, network_->graph());
    save_checkpoint(path, saved);
    throw Error(ErrorCode::kInternal,
                "step " + std::to_string(step_) +
                    ": the loss is no number. Its batch and the weights are in " + path.string() +
                    "; lower --rate or --clip, then start anew or --resume from the last checkpoint");
  }

  void report(double loss, double gradient, const torch::Tensor& given) {
    const Spread spread = spread_of(given);
    const double seconds = seconds_since(start_);
    const double speed = static_cast<double>(images_) / seconds;
    const double left =
        seconds / static_cast<double>(step_ - first_step_) * static_cast<double>(recipe_.steps - step_);
    nlohmann::ordered_json line{{"event", "step"},
                                {"step", step_},
                                {"loss", loss},
                                {"rate", rate_at(recipe_, step_ - 1)},
                                {"gradient", gradient},
                                {"spread", spread.deviation},
                                {"effective_rank", spread.effective_rank},
                                {"images_a_second", speed},
                                {"seconds", seconds}};
    if (recipe_.loss == "triplet") line["triplets"] = triplets_, line["active"] = active_;
    write_line(line);
    std::ostringstream text;
    text.precision(4);
    text << "step " << step_ << " of " << recipe_.steps << ", loss " << loss << ", " << std::lround(speed)
         << " images/s, " << std::lround(left) << " s left";
    if (recipe_.loss == "triplet") text << ", active " << active_;
    text << ", spread " << spread.deviation << ", rank " << spread.effective_rank;
    if (spread.deviation < 0.05) text << " (collapsing: all vectors are nearly alike)";
    options_.say(text.str());
  }

  // A copy with the weights that will be used.
  std::shared_ptr<GraphNetwork> usable() {
    auto copy = std::make_shared<GraphNetwork>(network_->structure());
    copy->to(machine_.device);
    torch::NoGradGuard guard;
    const auto from = average_.empty() ? state_of(*network_) : average_;
    for (auto& [name, tensor] : state_of(*copy)) tensor.copy_(from.at(name));
    copy->eval();
    return copy;
  }

  void evaluate() {
    const auto network = usable();
    Figures figures;
    if (teacher_) {
      if (!held_.chips.empty())
        figures = evaluate_far(*network, teacher_held_, form_, exact_machine(), held_, recipe_.threads);
    } else if (!held_.chips.empty()) {
      const torch::Tensor vectors = embed(*network, form_, exact_machine(), held_.chips, {}, recipe_.threads);
      figures["held_tar_1e-2"] = tar_at_far(vectors, held_.labels, 1e-2);
      figures["held_tar_1e-3"] = tar_at_far(vectors, held_.labels, 1e-3);
    }
    if (!recipe_.pairs.empty() && !pair_chips_.empty()) {
      const torch::Tensor vectors = embed(*network, form_, exact_machine(), pair_chips_, {}, recipe_.threads);
      figures.merge(evaluate_chip_pairs(vectors, pair_chips_, recipe_.pairs, recipe_.pair_folds));
    }
    nlohmann::ordered_json line{{"event", "evaluation"}, {"step", step_}, {"seconds", seconds_since(start_)}};
    std::ostringstream text;
    text.precision(4);
    text << "step " << step_ << ", on people never trained on:";
    for (const auto& [name, value] : figures) {
      if (!std::isfinite(value)) continue;
      line[name] = value;
      text << ' ' << name << ' ' << value;
    }
    write_line(line);
    options_.say(text.str());
    judge(figures);
  }

  void judge(const Figures& figures) {
    double score = 0;
    for (const char* name : {"held_tar_1e-2", "cosine_24", "cosine_16", "cosine_clean"}) {
      if (figures.contains(name) && std::isfinite(figures.at(name))) score += figures.at(name);
    }
    worse_ = score > best_ ? 0 : worse_ + 1;
    best_ = std::max(best_, score);
  }

  void write_line(const nlohmann::ordered_json& line) { log_.write(line.dump() + '\n'); }

  void save() {
    Checkpoint saved;
    put_graph(saved, network_->graph());
    for (const auto& [name, tensor] : average_) saved.tensors["average." + name] = tensor;
    if (head_) {
      for (const auto& [name, tensor] : state_of(*head_)) saved.tensors["head." + name] = tensor;
    }
    if (center_) {
      for (const auto& [name, tensor] : state_of(*center_)) saved.tensors["center." + name] = tensor;
    }
    std::ostringstream bytes;
    torch::save(*optimizer_, bytes);
    const std::string optimizer = bytes.str();
    saved.tensors["optimizer"] = torch::from_blob(const_cast<char*>(optimizer.data()),
                                                  {static_cast<std::int64_t>(optimizer.size())}, torch::kByte)
                                     .clone();
    saved.texts.insert({{"step", std::to_string(step_)},
                        {"recipe", to_json(recipe_).dump()},
                        {"best", std::to_string(best_)},
                        {"worse", std::to_string(worse_)}});
    describe(saved);
    save_checkpoint(checkpoint_path(), saved);
  }

  void describe(Checkpoint& saved) const {
    saved.texts["input"] = to_json(form_).dump();
    if (!contract_.empty()) saved.texts["contract"] = contract_;
  }

  void save_model() {
    Checkpoint saved;
    put_graph(saved, usable()->graph());
    describe(saved);
    nlohmann::ordered_json provenance{{"recipe", to_json(recipe_)},
                                      {"steps", step_},
                                      {"trained_chips", dataset_.trained().size()},
                                      {"trained_people", dataset_.people()},
                                      {"libtorch", TORCH_VERSION}};
    saved.texts["provenance"] = provenance.dump();
    save_checkpoint(options_.folder / "model.safetensors", saved);
  }

  void restore() {
    const std::string where = checkpoint_path().string();
    const Checkpoint saved = load_checkpoint(checkpoint_path());
    if (saved.texts.at("recipe") != to_json(recipe_).dump())
      throw Error(ErrorCode::kInvalidArgument,
                  where + ": was made by other options; give the same ones, or another folder");
    const Graph graph = get_graph(saved, where);
    const GraphNetwork kept(graph);
    torch::NoGradGuard guard;
    const auto load = [&](std::map<std::string, torch::Tensor> state, const std::string& prefix) {
      for (auto& [name, tensor] : state) {
        const auto found = saved.tensors.find(prefix + name);
        if (found == saved.tensors.end())
          throw Error(ErrorCode::kCorrupt, where + ": lacks " + prefix + name);
        tensor.copy_(found->second);
      }
    };
    const auto weights = state_of(kept);
    for (auto& [name, tensor] : state_of(*network_)) tensor.copy_(weights.at(name));
    load(average_, "average.");
    if (head_) load(state_of(*head_), "head.");
    if (center_) load(state_of(*center_), "center.");
    const torch::Tensor bytes = saved.tensors.at("optimizer");
    std::istringstream stream(std::string(static_cast<const char*>(bytes.data_ptr()), bytes.nbytes()));
    torch::load(*optimizer_, stream);
    step_ = std::stoll(saved.texts.at("step"));
    best_ = std::stod(saved.texts.at("best"));
    worse_ = std::stoi(saved.texts.at("worse"));
    options_.say("goes on at step " + std::to_string(step_));
  }

  const Recipe& recipe_;
  const RunOptions& options_;
  Dataset dataset_;
  LineFile log_;
  Machine machine_;
  InputForm form_;
  std::string contract_;
  std::shared_ptr<GraphNetwork> network_, teacher_;
  std::shared_ptr<MarginHead> head_;
  std::shared_ptr<CenterLoss> center_;
  std::map<std::string, torch::Tensor> average_;
  std::vector<torch::Tensor> parameters_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  Held held_;
  std::vector<Shard> pair_shards_;
  std::vector<ChipItem> pair_chips_;
  torch::Tensor teacher_held_;
  std::int64_t step_ = 0, first_step_ = 0, images_ = 0, triplets_ = 0;
  double active_ = 0, best_ = -1;
  int worse_ = 0;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

Outcome train(const Recipe& recipe, const RunOptions& options, const std::atomic<bool>& stop) {
  check(recipe);
  fs::create_directories(options.folder);
  return Trainer(recipe, options).run(stop);
}

}  // namespace kith::train

// Losses against slow obvious loops and numeric gradients; files that survive; runs that go on bit for bit.
#include <gtest/gtest.h>
#include <kith/error.h>
#include <torch/torch.h>

#include <cmath>
#include <filesystem>
#include <opencv2/imgproc.hpp>

#include "core/files.h"
#include "media/degradation.h"
#include "media/jpeg.h"
#include "train/batches.h"
#include "train/checkpoint.h"
#include "train/evaluation.h"
#include "train/graph_network.h"
#include "train/losses.h"
#include "train/networks.h"
#include "train/shard.h"
#include "train/trainer.h"
#include "train/triplets.h"

namespace kith::train {
namespace {
namespace fs = std::filesystem;

fs::path fresh(const std::string& name) {
  const fs::path path = fs::temp_directory_path() / ("kith_train_" + name + "_" + std::to_string(::getpid()));
  fs::remove_all(path);
  fs::create_directories(path);
  return path;
}

// A made-up person is a colour pattern; his pictures differ by noise.
cv::Mat made_up(int person, int picture) {
  cv::RNG look(static_cast<std::uint64_t>(person) + 1),
      noise(static_cast<std::uint64_t>(100 * person + picture) + 7);
  cv::Mat small(4, 4, CV_8UC3), chip, grain(112, 112, CV_8UC3);
  look.fill(small, cv::RNG::UNIFORM, 0, 256);
  cv::resize(small, chip, {112, 112}, 0, 0, cv::INTER_LINEAR);
  noise.fill(grain, cv::RNG::UNIFORM, 0, 40);
  return chip * 0.8 + grain;
}

std::string made_up_shard(const fs::path& folder, int people, int pictures) {
  const std::string path = (folder / "chips.shard").string();
  ShardWriter writer(path);
  for (int p = 0; p < people; ++p) {
    for (int k = 0; k < pictures; ++k) {
      const std::string name = "person" + std::to_string(p);
      writer.add(name, name + "/" + std::to_string(k), encode_jpeg(made_up(p, k), 90));
    }
  }
  writer.finish();
  return path;
}

Recipe small_recipe(const std::string& shard) {
  Recipe recipe;
  recipe.shards = {shard};
  recipe.network = "tiny";
  recipe.dimension = 16;
  recipe.people = 5;
  recipe.photos = 3;
  recipe.held_out = 0.2;
  recipe.steps = 12;
  recipe.warm_up = 2;
  recipe.ema = 0.9;
  recipe.degrade = 0.3;
  recipe.log_every = 4;
  recipe.evaluate_every = 6;
  recipe.save_every = 5;
  return recipe;
}

// d loss / d x by differences, in doubles.
torch::Tensor numeric_gradient(const std::function<torch::Tensor(const torch::Tensor&)>& loss,
                               const torch::Tensor& x) {
  torch::Tensor gradient = torch::zeros_like(x);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    constexpr double kStep = 1e-5;
    torch::Tensor up = x.clone(), down = x.clone();
    up.view({-1})[i] += kStep;
    down.view({-1})[i] -= kStep;
    gradient.view({-1})[i] = (loss(up) - loss(down)) / (2 * kStep);
  }
  return gradient;
}

void expect_gradient(const std::function<torch::Tensor(const torch::Tensor&)>& loss,
                     const torch::Tensor& at) {
  const torch::Tensor x = at.clone().set_requires_grad(true);
  loss(x).backward();
  torch::NoGradGuard guard;
  EXPECT_TRUE(torch::allclose(x.grad(), numeric_gradient(loss, at), 1e-3, 1e-6))
      << x.grad() << numeric_gradient(loss, at);
}

TEST(TripletsUnit, SelectionsAreWhatALoopFinds) {
  torch::manual_seed(1);
  const torch::Tensor x = unit(torch::randn({9, 4}));
  const std::vector<std::int64_t> labels{0, 0, 0, 1, 1, 1, 2, 2, 2};
  const torch::Tensor d = (x.unsqueeze(0) - x.unsqueeze(1)).square().sum(2);
  const auto at = [&](std::int64_t i, std::int64_t j) { return d[i][j].item<float>(); };
  for (const Triplet& t : select_triplets(d, labels, Selection::kSemiHard, 0.5, 3)) {
    EXPECT_GT(at(t.anchor, t.negative), at(t.anchor, t.positive));
    EXPECT_LT(at(t.anchor, t.negative), at(t.anchor, t.positive) + 0.5);
  }
  const auto hard = select_triplets(d, labels, Selection::kHard, 0.5, 3);
  EXPECT_EQ(hard.size(), 18U);
  for (const Triplet& t : hard) {
    for (std::int64_t n = 0; n < 9; ++n) {
      if (labels[static_cast<std::size_t>(n)] != labels[static_cast<std::size_t>(t.anchor)]) {
        EXPECT_LE(at(t.anchor, t.negative), at(t.anchor, n));
      }
    }
  }
  const auto batch_hard = select_triplets(d, labels, Selection::kBatchHard, 0.5, 3);
  EXPECT_EQ(batch_hard.size(), 9U);
  for (const Triplet& t : batch_hard) {
    for (std::int64_t p = 0; p < 9; ++p) {
      if (p != t.anchor &&
          labels[static_cast<std::size_t>(p)] == labels[static_cast<std::size_t>(t.anchor)]) {
        EXPECT_GE(at(t.anchor, t.positive), at(t.anchor, p));
      }
    }
  }
  EXPECT_EQ(select_triplets(d, labels, Selection::kRandom, 0.5, 3).size(), 18U);
}

TEST(TripletsUnit, LossIsTheMeanOverTheTriplets) {
  torch::manual_seed(2);
  const torch::Tensor x = unit(torch::randn({6, 5}));
  const std::vector<std::int64_t> labels{0, 0, 1, 1, 2, 2};
  const torch::Tensor d = (x.unsqueeze(0) - x.unsqueeze(1)).square().sum(2);
  double sum = 0;
  const auto triplets = select_triplets(d, labels, Selection::kBatchHard, 0.2, 1);
  for (const Triplet& t : triplets)
    sum += std::max(0.0, (d[t.anchor][t.positive] - d[t.anchor][t.negative]).item<double>() + 0.2);
  EXPECT_NEAR(triplet_loss(x, labels, Selection::kBatchHard, 0.2, 1).loss.item<double>(),
              sum / static_cast<double>(triplets.size()), 1e-5);
}

TEST(LossesUnit, GradientsAreThoseOfDifferences) {
  torch::manual_seed(3);
  const torch::Tensor x = torch::randn({4, 6}, torch::kDouble);
  const torch::Tensor labels = torch::tensor(std::vector<std::int64_t>{0, 1, 2, 1});
  for (const Margin kind : {Margin::kSoftmax, Margin::kCosFace, Margin::kArcFace, Margin::kAdaFace}) {
    MarginOptions options = default_margin(kind);
    options.scale = 8;
    MarginHead head(options, 3, 6, 4);
    head.to(torch::kDouble);
    head.eval();  // AdaFace's running mean stays
    if (kind != Margin::kAdaFace)
      expect_gradient([&](const torch::Tensor& e) { return head.forward(e, labels); }, x);
    EXPECT_TRUE(std::isfinite(head.forward(x, labels).item<double>()));
  }
  CenterLoss center(3, 6);
  center.to(torch::kDouble);
  center.eval();
  expect_gradient([&](const torch::Tensor& e) { return center.forward(e, labels); }, x);
  const torch::Tensor teacher = torch::randn({4, 6}, torch::kDouble),
                      lengths = torch::rand({4}, torch::kDouble) + 1;
  expect_gradient(
      [&](const torch::Tensor& e) {
        return distill_loss(e, teacher, lengths, {}, {0.5, 0.3, 0.2});
      },
      x);
  const std::vector<std::int64_t> people{0, 0, 1, 1};
  expect_gradient(
      [&](const torch::Tensor& e) {
        return triplet_loss(unit(e), people, Selection::kBatchHard, 0.9, 1).loss;
      },
      x);
}

TEST(LossesUnit, MarginsAreAsPublished) {
  torch::manual_seed(4);
  const torch::Tensor x = torch::randn({3, 5}), labels = torch::tensor(std::vector<std::int64_t>{0, 1, 1});
  for (const Margin kind : {Margin::kCosFace, Margin::kArcFace}) {
    MarginHead head(default_margin(kind), 2, 5, 9);
    const torch::Tensor w = unit(head.parameters()[0]), logits = head.logits(x, labels);
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t c = 0; c < 2; ++c) {
        double cosine = unit(x)[i].dot(w[c]).item<double>();
        const bool own = labels[i].item<std::int64_t>() == c;
        if (own && kind == Margin::kCosFace) cosine -= 0.4;
        if (own && kind == Margin::kArcFace && std::acos(cosine) + 0.5 < M_PI)
          cosine = std::cos(std::acos(cosine) + 0.5);
        EXPECT_NEAR(logits[i][c].item<double>(), 64 * cosine, 1e-2);
      }
    }
  }
}

TEST(LossesUnit, DistillIsALoop) {
  torch::manual_seed(5);
  const torch::Tensor s = torch::randn({3, 4}), t = torch::randn({3, 4});
  double sum = 0;
  for (std::int64_t i = 0; i < 3; ++i)
    sum += 1 - (s[i].dot(t[i]) / (s[i].norm() * t[i].norm())).item<double>();
  EXPECT_NEAR(distill_loss(s, t, {}, {}, {0, 0.05, 0}).item<double>(), sum / 3, 1e-5);
}

TEST(NetworksUnit, HaveTheirShapesAndParameters) {
  for (const auto& [name, size] : {std::pair{"mobilefacenet", 112}, {"resnet18", 112}, {"tiny", 112}}) {
    GraphNetwork network(make_network(name, 64, 1));
    network.eval();
    torch::NoGradGuard guard;
    const torch::Tensor y = network.forward(torch::rand({2, 3, size, size}));
    EXPECT_EQ(y.sizes().vec(), (std::vector<std::int64_t>{2, 64})) << name;
  }
}

TEST(ShardUnit, GoesOnAfterItWasCutOff) {
  const fs::path folder = fresh("shard");
  const std::string path = made_up_shard(folder, 2, 3);
  const std::string whole = read_file(path);
  {
    ShardWriter cut((folder / "again.shard").string());
    cut.add("a", "a/1", "first");
    cut.add("b", "b/1", "second");
  }
  fs::resize_file(folder / "again.shard.part", fs::file_size(folder / "again.shard.part") - 3);
  ShardWriter again((folder / "again.shard").string());
  EXPECT_TRUE(again.has("a/1"));
  EXPECT_FALSE(again.has("b/1"));
  again.add("b", "b/1", "second");
  EXPECT_EQ(again.finish(), 2U);
  const Shard shard(folder / "again.shard");
  ASSERT_EQ(shard.size(), 2U);
  EXPECT_EQ(shard[1].person, "b");
  EXPECT_EQ(shard[1].jpeg, "second");
  write_file(folder / "broken.shard", whole.substr(0, whole.size() - 5));
  EXPECT_THROW(Shard(folder / "broken.shard"), Error);
}

TEST(CheckpointUnit, ComesBack) {
  const fs::path path = fresh("checkpoint") / "c.safetensors";
  Checkpoint checkpoint;
  put_graph(checkpoint, make_network("tiny", 8, 3));
  checkpoint.texts["step"] = "7";
  save_checkpoint(path, checkpoint);
  const Checkpoint back = load_checkpoint(path);
  EXPECT_EQ(back.texts.at("step"), "7");
  const Graph graph = get_graph(back, "test");
  EXPECT_EQ(graph.nodes.size(), make_network("tiny", 8, 3).nodes.size());
  for (const auto& [name, tensor] : checkpoint.tensors)
    EXPECT_TRUE(torch::equal(tensor, back.tensors.at(name))) << name;
  write_file(path, read_file(path).substr(0, 100));
  EXPECT_THROW(load_checkpoint(path), Error);
}

TEST(DegradationUnit, ReadsWhatItWrites) {
  EXPECT_EQ(to_string(parse_degradation("px=24,jpeg=40,dark=0.5")), "dark=0.5,px=24,jpeg=40");
  EXPECT_THROW(parse_degradation("px=24,px=12"), Error);
  EXPECT_THROW(parse_degradation("size=24"), Error);
  EXPECT_THROW(parse_degradation("px=x"), Error);
  const cv::Mat chip = made_up(1, 1);
  EXPECT_EQ(degrade_chip(chip, parse_degradation("px=16,noise=3"), 5).size(), chip.size());
  EXPECT_EQ(cv::norm(degrade_chip(chip, {}, 5), chip), 0);
  EXPECT_EQ(cv::norm(degrade_chip(chip, random_degradation(9, 10), 5),
                     degrade_chip(chip, random_degradation(9, 10), 5)),
            0);
}

TEST(TrainerUnit, GoesOnBitForBit) {
  const fs::path folder = fresh("resume");
  const Recipe recipe = small_recipe(made_up_shard(folder, 12, 4));
  const std::atomic<bool> go = false;
  ASSERT_EQ(train(recipe, {folder / "whole"}, go), Outcome::kDone);
  std::atomic<bool> stop = false;  // set at the first evaluation after the first save
  RunOptions cut{folder / "cut", false,
                 [&](const std::string& line) { stop = stop || line.rfind("step 6,", 0) == 0; }};
  ASSERT_EQ(train(recipe, cut, stop), Outcome::kInterrupted);
  ASSERT_EQ(train(recipe, {folder / "cut", true}, go), Outcome::kDone);
  const Checkpoint a = load_checkpoint(folder / "whole/checkpoint.safetensors"),
                   b = load_checkpoint(folder / "cut/checkpoint.safetensors");
  for (const auto& [name, tensor] : a.tensors) {
    if (name == "optimizer")
      continue;  // libtorch's archive of it bears addresses; what it does shows in the weights
    EXPECT_TRUE(torch::equal(tensor, b.tensors.at(name))) << name;
  }
}

TEST(TrainerUnit, LearnsTenPeopleByHeart) {
  const fs::path folder = fresh("overfit");
  Recipe recipe = small_recipe(made_up_shard(folder, 10, 4));
  recipe.held_out = 0;
  recipe.degrade = 0;
  recipe.people = 10;
  recipe.steps = 60;
  recipe.rate = 5e-3;
  recipe.ema = 0;
  const std::atomic<bool> go = false;
  ASSERT_EQ(train(recipe, {folder / "run"}, go), Outcome::kDone);
  GraphNetwork network(get_graph(load_checkpoint(folder / "run/model.safetensors"), "model"));
  const Dataset dataset(recipe.shards, 0, 1, recipe.seed);
  std::vector<ChipItem> chips;
  std::vector<std::int64_t> labels;
  for (const auto& entry : dataset.trained())
    chips.push_back(dataset.chip(entry)), labels.push_back(entry.label);
  EXPECT_GT(tar_at_far(embed(network, {}, {}, chips), labels, 1e-2), 0.95);
}

TEST(TrainerUnit, ClearErrors) {
  Recipe recipe;
  EXPECT_THROW(check(recipe), Error);
  recipe.shards = {"none.shard"};
  recipe.loss = "hinge";
  EXPECT_THROW(check(recipe), Error);
  EXPECT_THROW(make_network("vgg", 128, 1), Error);
}

}  // namespace
}  // namespace kith::train

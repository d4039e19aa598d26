// Recipe: everything that decides what a training run does. It travels in every checkpoint and, as provenance, in the model.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace kith::train {

struct Recipe {
  // data
  std::vector<std::string> shards;
  std::vector<std::string> held_shards;  // evaluation only, beside the held-out people of `shards`
  std::string pairs;       // pairs.txt of the held shards' keys (evaluate/pairs_file.h); empty: none
  int pair_folds = 10;     // how many of its folds, from the first
  double held_out = 0.05;  // share of people (without names: of chips) that are never trained on
  int least_photos = 1;    // people with fewer chips are left out
  // network
  std::string network = "mobilefacenet";  // networks.h; or a checkpoint (kith-train import) to start from
  int dimension = 128;                    // floats a vector, of fresh networks
  // loss
  std::string loss = "triplet";          // triplet | arcface | cosface | adaface | softmax | distill
  std::string selection = "semi-hard";   // of triplets
  double margin = -1;                    // below 0: as published
  double scale = 64;                     // of arcface, cosface, adaface
  double center = 0;                     // weight of the centre loss: softmax+center
  double relation = 0.05, length = 0.1;  // distill (losses.h)
  double clean_share = 0.25;             // distill: share of pictures that are not degraded
  double clean_weight = 3;               // distill: what they weigh
  // batches
  int people = 32, photos = 4;  // triplet: P x K
  int batch = 128;              // all other losses
  bool flip = true;
  double degrade = 0;    // share of degraded pictures; distill has 1 - clean_share
  double least_px = 10;  // smallest face of the degradations, px
  // optimisation
  std::string optimizer = "adamw";  // adamw | sgd (momentum 0.9)
  double rate = 1e-3;
  double weight_decay = 5e-4;
  std::string schedule = "cosine";  // cosine | constant | steps (a tenth at 1/2, 3/4 and 9/10)
  std::int64_t warm_up = 100;       // steps
  std::int64_t steps = 1000;
  double clip = 5;  // largest norm of the gradient; 0: any
  double ema = 0;   // decay of the averaged weights, which are what is evaluated and exported; 0: none
  bool frozen_norm = false;  // batch norms keep their statistics
  // running
  std::uint64_t seed = 666;        // facenet's
  std::string device = "cpu";      // cpu | cuda
  std::string precision = "fp32";  // fp32 | bf16
  bool channels_last = false;
  bool deterministic = true;  // on a GPU too
  int threads = 2;            // that decode and degrade
  std::int64_t log_every = 20, evaluate_every = 500, save_every = 500;
  double minutes = 0;  // stop after so many, evaluated and saved; 0: only after `steps`
  int patience = 0;    // stop after so many evaluations without a better one; 0: never

  bool distils() const { return loss == "distill"; }
};

nlohmann::ordered_json to_json(const Recipe& recipe);
/// @throws Error kInvalidArgument naming the option that cannot work.
void check(const Recipe& recipe);
/// The learning rate of a step.
double rate_at(const Recipe& recipe, std::int64_t step);

}  // namespace kith::train

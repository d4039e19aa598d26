#include "train/recipe.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

namespace kith::train {

nlohmann::ordered_json to_json(const Recipe& r) {
  return {{"shards", r.shards},
          {"held_shards", r.held_shards},
          {"pairs", r.pairs},
          {"pair_folds", r.pair_folds},
          {"held_out", r.held_out},
          {"least_photos", r.least_photos},
          {"network", r.network},
          {"dimension", r.dimension},
          {"loss", r.loss},
          {"selection", r.selection},
          {"margin", r.margin},
          {"scale", r.scale},
          {"center", r.center},
          {"relation", r.relation},
          {"length", r.length},
          {"clean_share", r.clean_share},
          {"clean_weight", r.clean_weight},
          {"people", r.people},
          {"photos", r.photos},
          {"batch", r.batch},
          {"flip", r.flip},
          {"degrade", r.degrade},
          {"least_px", r.least_px},
          {"optimizer", r.optimizer},
          {"rate", r.rate},
          {"weight_decay", r.weight_decay},
          {"schedule", r.schedule},
          {"warm_up", r.warm_up},
          {"steps", r.steps},
          {"clip", r.clip},
          {"ema", r.ema},
          {"frozen_norm", r.frozen_norm},
          {"seed", r.seed},
          {"device", r.device},
          {"precision", r.precision},
          {"channels_last", r.channels_last},
          {"deterministic", r.deterministic}};
}

void check(const Recipe& r) {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw Error(ErrorCode::kInvalidArgument, what);
  };
  const auto one_of = [&](const std::string& option, const std::string& value,
                          std::initializer_list<const char*> words) {
    std::string all;
    for (const char* word : words) {
      if (value == word) return;
      all += std::string(all.empty() ? "" : ", ") + word;
    }
    throw Error(ErrorCode::kInvalidArgument, option + ": \"" + value + "\" is none of " + all);
  };
  require(!r.shards.empty(), "no shard to train on: make one with kith-train pack");
  one_of("--loss", r.loss, {"triplet", "arcface", "cosface", "adaface", "softmax", "distill"});
  one_of("--optimizer", r.optimizer, {"adamw", "sgd"});
  one_of("--schedule", r.schedule, {"cosine", "constant", "steps"});
  one_of("--device", r.device, {"cpu", "cuda"});
  one_of("--precision", r.precision, {"fp32", "bf16"});
  require(r.held_out >= 0 && r.held_out < 1, "--held-out: a share from 0 to below 1");
  require(r.people >= 2 && r.photos >= 2, "--people, --photos: at least 2, or there is no triplet");
  require(r.batch >= 2, "--batch: at least 2");
  require(r.rate > 0 && r.steps > 0, "--rate, --steps: above 0");
  require(r.ema >= 0 && r.ema < 1, "--ema: from 0 to below 1");
  require(r.least_px >= 4, "--least-px: at least 4");
  require(r.threads >= 1, "--threads: at least 1");
  require(r.log_every > 0 && r.evaluate_every > 0 && r.save_every > 0,
          "--log-every, --evaluate-every, --save-every: above 0");
}

double rate_at(const Recipe& r, std::int64_t step) {
  if (step < r.warm_up) return r.rate * static_cast<double>(step + 1) / static_cast<double>(r.warm_up);
  if (r.schedule == "constant") return r.rate;
  const double done = std::min(1.0, static_cast<double>(step) / static_cast<double>(r.steps));
  if (r.schedule == "steps") return r.rate * (done < 0.5 ? 1 : done < 0.75 ? 0.1 : done < 0.9 ? 0.01 : 0.001);
  return r.rate * (0.01 + 0.99 * 0.5 * (1 + std::cos(std::numbers::pi * done)));
}

}  // namespace kith::train

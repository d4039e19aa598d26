#include <iostream>
#include <memory>

#include "train/commands.h"
#include "train/trainer.h"

namespace kith::train {

std::atomic<bool> interrupted = false;

namespace {

struct Options {
  Recipe recipe;
  std::string folder;
  bool resume = false;
};

void add_data_options(CLI::App& verb, Recipe& r) {
  verb.add_option("SHARD", r.shards, "Chips to learn from (kith-train pack)")->required();
  verb.add_option("--held-out", r.held_out, "Share of the people that is only evaluated on")
      ->capture_default_str();
  verb.add_option("--least-photos", r.least_photos, "Leave people with fewer chips out")
      ->capture_default_str();
  verb.add_option("--held-shard", r.held_shards, "Chips that are only evaluated on, for --pairs");
  verb.add_option("--pairs", r.pairs, "Pairs of the held shards' chips, as LFW's pairs.txt");
  verb.add_option("--pair-folds", r.pair_folds, "How many of the pairs' folds")->capture_default_str();
}

void add_network_options(CLI::App& verb, Recipe& r) {
  verb.add_option("--network", r.network,
                  "mobilefacenet, resnet18, inception-resnet-v1, or a file of kith-train import")
      ->capture_default_str();
  verb.add_option("--dimension", r.dimension, "Floats a vector, of a fresh network")->capture_default_str();
  verb.add_option("--loss", r.loss, "triplet, arcface, cosface, adaface, softmax, distill")
      ->capture_default_str();
  verb.add_option("--selection", r.selection, "Triplets: random, semi-hard, hard, batch-hard")
      ->capture_default_str();
  verb.add_option("--margin", r.margin, "Margin of the loss; below 0: as published")->capture_default_str();
  verb.add_option("--scale", r.scale, "Scale of arcface, cosface, adaface")->capture_default_str();
  verb.add_option("--center", r.center, "Weight of the centre loss beside a classification loss")
      ->capture_default_str();
  verb.add_option("--relation", r.relation, "distill: weight of the relational term")->capture_default_str();
  verb.add_option("--length", r.length, "distill: weight of the term that holds vectors' lengths")
      ->capture_default_str();
  verb.add_option("--clean-share", r.clean_share, "distill: share of pictures that are not degraded")
      ->capture_default_str();
  verb.add_option("--clean-weight", r.clean_weight, "distill: what these weigh")->capture_default_str();
}

void add_batch_options(CLI::App& verb, Recipe& r) {
  verb.add_option("--people", r.people, "Triplets: people a batch")->capture_default_str();
  verb.add_option("--photos", r.photos, "Triplets: chips of each")->capture_default_str();
  verb.add_option("--batch", r.batch, "Chips a batch of all other losses")->capture_default_str();
  verb.add_flag("!--no-flip", r.flip, "No mirrored chips");
  verb.add_option("--degrade", r.degrade, "Share of degraded chips")->capture_default_str();
  verb.add_option("--least-px", r.least_px, "Smallest face among these, px")->capture_default_str();
}

void add_optimisation_options(CLI::App& verb, Recipe& r) {
  verb.add_option("--optimizer", r.optimizer, "adamw, sgd")->capture_default_str();
  verb.add_option("--rate", r.rate, "Learning rate")->capture_default_str();
  verb.add_option("--weight-decay", r.weight_decay)->capture_default_str();
  verb.add_option("--schedule", r.schedule, "cosine, constant, steps")->capture_default_str();
  verb.add_option("--warm-up", r.warm_up, "Steps in which the rate rises")->capture_default_str();
  verb.add_option("--steps", r.steps)->capture_default_str();
  verb.add_option("--clip", r.clip, "Largest norm of the gradient; 0: any")->capture_default_str();
  verb.add_option("--ema", r.ema, "Decay of averaged weights; 0: none")->capture_default_str();
}

void add_running_options(CLI::App& verb, Options& o) {
  Recipe& r = o.recipe;
  verb.add_option("--out", o.folder, "Folder of log, checkpoint and model")->required();
  verb.add_flag("--resume", o.resume, "Go on from the folder's checkpoint, if there is one");
  verb.add_option("--seed", r.seed)->capture_default_str();
  verb.add_option("--device", r.device, "cpu, cuda")->capture_default_str();
  verb.add_option("--precision", r.precision, "fp32, bf16")->capture_default_str();
  verb.add_flag("--channels-last", r.channels_last, "Another order in memory; faster on some GPUs");
  verb.add_flag("!--any-order", r.deterministic,
                "GPU: the fastest algorithms, whose sums may differ in the last bits");
  verb.add_option("--threads", r.threads, "Threads that decode and degrade")->capture_default_str();
  verb.add_option("--log-every", r.log_every, "Steps")->capture_default_str();
  verb.add_option("--evaluate-every", r.evaluate_every, "Steps")->capture_default_str();
  verb.add_option("--save-every", r.save_every, "Steps")->capture_default_str();
  verb.add_option("--minutes", r.minutes, "Stop after so many; 0: after --steps")->capture_default_str();
  verb.add_option("--patience", r.patience, "Stop after so many evaluations that are no better; 0: never")
      ->capture_default_str();
}

}  // namespace

void add_run(CLI::App& app, Action& chosen) {
  CLI::App& verb = *app.add_subcommand("run", "Train a network on packed chips");
  const auto options = std::make_shared<Options>();
  add_data_options(verb, options->recipe);
  add_network_options(verb, options->recipe);
  add_batch_options(verb, options->recipe);
  add_optimisation_options(verb, options->recipe);
  add_running_options(verb, *options);
  verb.callback([options, &chosen] {
    chosen = [options] {
      RunOptions run{options->folder, options->resume,
                     [](const std::string& line) { std::cerr << line << '\n'; }};
      return train(options->recipe, run, interrupted) == Outcome::kDone ? Exit::kDone : Exit::kInterrupted;
    };
  });
}

}  // namespace kith::train

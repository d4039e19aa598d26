// batches: shards -> what a step of training sees. A batch is a function of seed and step alone, whichever thread makes it,
// so a run that goes on sees what it would have seen.
#pragma once

#include <torch/types.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <opencv2/core.hpp>
#include <string>
#include <thread>
#include <vector>

#include "train/recipe.h"
#include "train/shard.h"

namespace kith::train {

/// Chips with their people, parted into those that are trained on and those that never are.
class Dataset {
 public:
  /// A person is one name, whatever shard he is in; chips without a name are a person each.
  /// @throws Error kInvalidArgument when nothing is left to train on.
  Dataset(const std::vector<std::string>& shards, double held_out, int least_photos, std::uint64_t seed);

  struct Entry {
    std::uint32_t shard, item;
    std::int64_t label;  // of the trained: 0 .. people() - 1; of the held out: numbers of their own
  };
  const std::vector<Entry>& trained() const { return trained_; }
  const std::vector<Entry>& held() const { return held_; }
  std::int64_t people() const { return static_cast<std::int64_t>(of_person_.size()); }
  /// Positions in trained().
  const std::vector<std::vector<std::int64_t>>& of_person() const { return of_person_; }
  const ChipItem& chip(const Entry& entry) const { return shards_[entry.shard][entry.item]; }

 private:
  std::vector<Shard> shards_;
  std::vector<Entry> trained_, held_;
  std::vector<std::vector<std::int64_t>> of_person_;
};

struct Batch {
  torch::Tensor images;  // n x size x size x 3 bytes, BGR
  torch::Tensor source;  // distill: the same undegraded (and as mirrored); else undefined
  torch::Tensor clean;   // n floats: 1 where not degraded
  std::vector<std::int64_t> labels, entries;  // entries: positions in Dataset::trained()
};

/// Which entries a step trains on.
std::vector<std::int64_t> pick_entries(const Dataset& dataset, const Recipe& recipe, std::int64_t step);
Batch make_batch(const Dataset& dataset, const Recipe& recipe, std::int64_t step, int size);

/// Decodes a chip at the network's size. @throws Error kCorrupt naming the chip.
cv::Mat decode_chip(const ChipItem& item, int size);
/// n x size x size x 3 bytes.
torch::Tensor stack(const std::vector<cv::Mat>& chips);

/// Makes the batches of steps first, first + 1, ... ahead on threads of its own.
class Loader {
 public:
  Loader(const Dataset& dataset, const Recipe& recipe, std::int64_t first, int size);
  ~Loader();
  Loader(const Loader&) = delete;
  /// In order. @throws what making it threw.
  Batch next();

 private:
  void work();

  const Dataset& dataset_;
  const Recipe& recipe_;
  int size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t wanted_, begun_;
  std::map<std::int64_t, Batch> made_;
  std::exception_ptr failure_;
  bool stop_ = false;
  std::vector<std::jthread> threads_;
};

/// A number from three, alike on every machine (splitmix64, Steele et al. 2014).
std::uint64_t mix(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0);

}  // namespace kith::train

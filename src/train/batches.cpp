#include "train/batches.h"

#include <kith/error.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <random>
#include <unordered_map>

#include "media/degradation.h"
#include "media/jpeg.h"

namespace kith::train {
namespace {

std::uint64_t hash(const std::string& text) {  // FNV-1a
  std::uint64_t h = 1469598103934665603ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return h;
}

// Fisher and Yates; std::shuffle gives each library's own order.
void shuffle(std::vector<std::int64_t>& values, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random() % i]);
}

double share(std::uint64_t bits) { return static_cast<double>(bits >> 11U) * 0x1.0p-53; }

std::vector<std::int64_t> numbers(std::size_t count) {
  std::vector<std::int64_t> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<std::int64_t>(i);
  return all;
}

std::vector<std::int64_t> pick_people(const Dataset& dataset, const Recipe& recipe, std::int64_t step) {
  std::vector<std::int64_t> people;
  for (std::int64_t p = 0; p < dataset.people(); ++p) {
    if (dataset.of_person()[static_cast<std::size_t>(p)].size() >= 2) people.push_back(p);
  }
  if (people.size() < 2)
    throw Error(ErrorCode::kInvalidArgument, "triplets need at least two people with two chips each");
  const std::uint64_t seed = mix(recipe.seed, 1, static_cast<std::uint64_t>(step));
  shuffle(people, seed);
  people.resize(std::min(people.size(), static_cast<std::size_t>(recipe.people)));
  std::vector<std::int64_t> chosen;
  for (const std::int64_t person : people) {
    std::vector<std::int64_t> own = dataset.of_person()[static_cast<std::size_t>(person)];
    shuffle(own, mix(seed, static_cast<std::uint64_t>(person)));
    for (int k = 0; k < recipe.photos; ++k) chosen.push_back(own[static_cast<std::size_t>(k) % own.size()]);
  }
  return chosen;
}

// Epoch after epoch, each in an order of its own.
std::vector<std::int64_t> pick_in_turn(std::size_t count, const Recipe& recipe, std::int64_t step) {
  std::vector<std::int64_t> chosen, order;
  std::int64_t shuffled = -1;
  for (int k = 0; k < recipe.batch; ++k) {
    const std::int64_t position = step * recipe.batch + k;
    const std::int64_t epoch = position / static_cast<std::int64_t>(count);
    if (epoch != shuffled) {
      order = numbers(count);
      shuffle(order, mix(recipe.seed, 2, static_cast<std::uint64_t>(epoch)));
      shuffled = epoch;
    }
    chosen.push_back(order[static_cast<std::size_t>(position) % count]);
  }
  return chosen;
}

}  // namespace

std::uint64_t mix(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t x = a;
  for (const std::uint64_t more : {b, c}) {
    x += 0x9e3779b97f4a7c15ULL + more;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    x ^= x >> 31U;
  }
  return x;
}

Dataset::Dataset(const std::vector<std::string>& shards, double held_out, int least_photos,
                 std::uint64_t seed) {
  std::unordered_map<std::string, std::vector<Entry>> people;
  std::vector<std::string> order;
  for (const std::string& path : shards) {
    shards_.emplace_back(path);
    const auto shard = static_cast<std::uint32_t>(shards_.size() - 1);
    for (std::uint32_t i = 0; i < shards_.back().size(); ++i) {
      const ChipItem& item = shards_.back()[i];
      const std::string person = item.person.empty() ? path + '\n' + item.key : item.person;
      auto& own = people[person];
      if (own.empty()) order.push_back(person);
      own.push_back({shard, i, 0});
    }
  }
  std::int64_t held_people = 0;
  for (const std::string& person : order) {
    auto& own = people[person];
    if (static_cast<int>(own.size()) < least_photos) continue;
    // By the name alone: more data never moves anybody from one side to the other.
    const bool held = share(mix(seed, 3, hash(person))) < held_out;
    const std::int64_t label = held ? held_people++ : static_cast<std::int64_t>(of_person_.size());
    if (!held) of_person_.emplace_back();
    for (Entry& entry : own) {
      entry.label = label;
      if (!held) of_person_.back().push_back(static_cast<std::int64_t>(trained_.size()));
      (held ? held_ : trained_).push_back(entry);
    }
  }
  if (trained_.empty()) throw Error(ErrorCode::kInvalidArgument, "the shards hold nobody to train on");
}

cv::Mat decode_chip(const ChipItem& item, int size) {
  try {
    cv::Mat chip = decode_jpeg(item.jpeg);
    if (chip.cols != size || chip.rows != size)
      cv::resize(chip, chip, {size, size}, 0, 0, chip.cols > size ? cv::INTER_AREA : cv::INTER_LINEAR);
    return chip;
  } catch (const Error& error) {
    throw Error(error.code(), item.key + ": " + error.what());
  }
}

torch::Tensor stack(const std::vector<cv::Mat>& chips) {
  const auto count = static_cast<std::int64_t>(chips.size());
  if (chips.empty()) return {};
  torch::Tensor images = torch::empty({count, chips[0].rows, chips[0].cols, 3}, torch::kByte);
  auto* to = images.data_ptr<std::uint8_t>();
  for (const cv::Mat& chip : chips) {
    const cv::Mat whole = chip.isContinuous() ? chip : chip.clone();
    const std::size_t bytes = whole.total() * 3;
    std::memcpy(to, whole.data, bytes);
    to += bytes;
  }
  return images;
}

std::vector<std::int64_t> pick_entries(const Dataset& dataset, const Recipe& recipe, std::int64_t step) {
  return recipe.loss == "triplet" ? pick_people(dataset, recipe, step)
                                  : pick_in_turn(dataset.trained().size(), recipe, step);
}

Batch make_batch(const Dataset& dataset, const Recipe& recipe, std::int64_t step, int size) {
  Batch batch;
  batch.entries = pick_entries(dataset, recipe, step);
  std::vector<cv::Mat> images, sources;
  std::vector<float> clean;
  for (std::size_t k = 0; k < batch.entries.size(); ++k) {
    const auto& entry = dataset.trained()[static_cast<std::size_t>(batch.entries[k])];
    const std::uint64_t seed = mix(recipe.seed, 4 + k, static_cast<std::uint64_t>(step));
    cv::Mat chip = decode_chip(dataset.chip(entry), size);
    if (recipe.flip && (seed & 1U) != 0) cv::flip(chip, chip, 1);
    const double degraded_share = recipe.distils() ? 1 - recipe.clean_share : recipe.degrade;
    const bool degraded = share(mix(seed, 1)) < degraded_share;
    images.push_back(degraded
                         ? degrade_chip(chip, random_degradation(mix(seed, 2), recipe.least_px), mix(seed, 3))
                         : chip);
    if (recipe.distils()) sources.push_back(chip);
    clean.push_back(degraded ? 0.0F : 1.0F);
    batch.labels.push_back(entry.label);
  }
  batch.images = stack(images);
  batch.source = stack(sources);
  batch.clean = torch::tensor(clean);
  return batch;
}

Loader::Loader(const Dataset& dataset, const Recipe& recipe, std::int64_t first, int size)
    : dataset_(dataset), recipe_(recipe), size_(size), wanted_(first), begun_(first) {
  for (int i = 0; i < recipe.threads; ++i) threads_.emplace_back([this] { work(); });
}

Loader::~Loader() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
}

void Loader::work() {
  for (;;) {
    std::int64_t step = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || begun_ < wanted_ + 2 * recipe_.threads; });
      if (stop_ || failure_) return;
      step = begun_++;
    }
    try {
      Batch batch = make_batch(dataset_, recipe_, step, size_);
      const std::scoped_lock lock(mutex_);
      made_.emplace(step, std::move(batch));
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      failure_ = std::current_exception();
    }
    changed_.notify_all();
  }
}

Batch Loader::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || made_.contains(wanted_); });
  if (failure_) std::rethrow_exception(failure_);
  Batch batch = std::move(made_.at(wanted_));
  made_.erase(wanted_++);
  lock.unlock();
  changed_.notify_all();
  return batch;
}

}  // namespace kith::train

#include "people/vector_index.h"

#include <kith/error.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "core/parallel.h"

namespace kith {
namespace {

using Hit = VectorIndex::Hit;
constexpr float kLargest = 127;

bool is_before(const Hit& a, const Hit& b) { return a.dot != b.dot ? a.dot > b.dot : a.key < b.key; }

// @return what the bytes are to be multiplied by.
float to_bytes(std::span<const float> vector, std::int8_t* bytes) {
  float largest = 0;
  for (const float x : vector) largest = std::max(largest, std::abs(x));
  const float scale = largest / kLargest;
  for (std::size_t i = 0; i < vector.size(); ++i)
    bytes[i] = scale > 0 ? static_cast<std::int8_t>(std::lround(vector[i] / scale)) : std::int8_t{0};
  return scale;
}

void check_dimension(std::size_t given, std::size_t wanted) {
  if (given == wanted) return;
  throw Error(ErrorCode::kInvalidArgument,
              "a vector of " + std::to_string(given) + " numbers, the index has " + std::to_string(wanted));
}

// The best so far, no more than some.
class Best {
 public:
  explicit Best(std::size_t most) : most_(most) {}

  // What a dot must reach to be looked at.
  float floor() const { return floor_; }

  void offer(const Hit& hit) {
    if (hits_.size() == most_) {
      if (!is_before(hit, hits_.front())) return;
      std::ranges::pop_heap(hits_, is_before);
      hits_.pop_back();
    }
    hits_.push_back(hit);
    std::ranges::push_heap(hits_, is_before);
    if (hits_.size() == most_) floor_ = hits_.front().dot;
  }
  const std::vector<Hit>& hits() const { return hits_; }

  std::vector<Hit> sorted() && {
    std::ranges::sort(hits_, is_before);
    return std::move(hits_);
  }

 private:
  std::size_t most_;
  std::vector<Hit> hits_;  // a heap, the worst in front
  float floor_ = -std::numeric_limits<float>::infinity();
};

}  // namespace

// A few queries' way through a part of the blocks.
class VectorIndex::Pass {
 public:
  Pass(const VectorIndex& index, std::span<const Embedding> queries, std::size_t most)
      : index_(index), best_(queries.size(), Best(most)) {
    queries_.count = queries.size();
    queries_.quads = index.quads_;
    queries_.numbers.resize(queries.size() * index.quads_ * kQuad);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      std::int8_t* const numbers = queries_.numbers.data() + q * index.quads_ * kQuad;
      scales_.push_back(to_bytes(queries[q], numbers));
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < index.dimension_; ++i) sum += numbers[i];
      queries_.sums.push_back(sum);
    }
  }

  void look_at(std::size_t block_number) {
    const Block& block = index_.blocks_[block_number];
    const std::size_t first = block_number * kBlock, end = std::min(index_.size_ - first, kBlock);
    for (std::size_t at = 0; at < end; at += kBundle) {
      const std::int8_t* const bundle = block.bytes.get() + at * index_.quads_ * kQuad;
      index_.dots_(bundle, queries_, sums_);
      for (std::size_t q = 0; q < queries_.count; ++q) take(block, at, std::min(kBundle, end - at), q);
    }
  }

  std::vector<Best>& best() { return best_; }

 private:
  void take(const Block& block, std::size_t at, std::size_t count, std::size_t q) {
    float dots[kBundle];
    int any = 0;
    const float floor = best_[q].floor(), scale = scales_[q];
    for (std::size_t i = 0; i < kBundle; ++i) {
      dots[i] = static_cast<float>(sums_[q * kBundle + i]) * (block.scales[at + i] * scale);
      any |= dots[i] >= floor ? 1 : 0;
    }
    if (any == 0) return;
    for (std::size_t i = 0; i < count; ++i) {
      if (dots[i] >= best_[q].floor()) best_[q].offer({block.keys[at + i], dots[i]});
    }
  }

  const VectorIndex& index_;
  ByteQueries queries_;
  std::vector<float> scales_;
  std::vector<Best> best_;
  alignas(64) std::int32_t sums_[kMostQueries * kBundle] = {};
};

VectorIndex::VectorIndex(std::size_t dimension, ByteDots dots)
    : dimension_(dimension), quads_((dimension + kQuad - 1) / kQuad), dots_(dots) {}

std::size_t VectorIndex::bytes() const {
  const std::size_t each = quads_ * kQuad + sizeof(float) + sizeof(std::int64_t);
  return blocks_.size() * (kBlock * each + sizeof(Block));
}

std::int8_t* VectorIndex::quad_at(std::size_t place, std::size_t quad) const {
  const std::size_t in_block = place % kBlock, bundle = in_block / kBundle, lane = in_block % kBundle;
  return blocks_[place / kBlock].bytes.get() + (bundle * quads_ + quad) * kBundle * kQuad + lane * kQuad;
}

void VectorIndex::add(std::int64_t key, std::span<const float> vector) {
  check_dimension(vector.size(), dimension_);
  if (size_ == blocks_.size() * kBlock) {
    blocks_.push_back({std::make_unique<std::int8_t[]>(kBlock * quads_ * kQuad),
                       std::make_unique<float[]>(kBlock), std::make_unique<std::int64_t[]>(kBlock)});
  }
  std::vector<std::int8_t> bytes(quads_ * kQuad);
  Block& block = blocks_[size_ / kBlock];
  block.scales[size_ % kBlock] = to_bytes(vector, bytes.data());
  block.keys[size_ % kBlock] = key;
  for (std::size_t i = 0; i < quads_; ++i) std::memcpy(quad_at(size_, i), &bytes[i * kQuad], kQuad);
  ++size_;
}

// Nothing of the vector there stays.
void VectorIndex::move_last_to(std::size_t place) {
  const std::size_t last = size_ - 1;
  Block& to = blocks_[place / kBlock];
  Block& from = blocks_[last / kBlock];
  for (std::size_t i = 0; i < quads_; ++i) {
    std::memcpy(quad_at(place, i), quad_at(last, i), kQuad);
    std::memset(quad_at(last, i), 0, kQuad);
  }
  to.scales[place % kBlock] = std::exchange(from.scales[last % kBlock], 0.0F);
  to.keys[place % kBlock] = std::exchange(from.keys[last % kBlock], 0);
  --size_;
  if (size_ % kBlock == 0) blocks_.pop_back();
}

std::size_t VectorIndex::remove(std::int64_t key) {
  std::size_t removed = 0;
  for (std::size_t place = size_; place-- > 0;) {
    if (blocks_[place / kBlock].keys[place % kBlock] != key) continue;
    move_last_to(place);
    ++removed;
  }
  return removed;
}

std::vector<std::vector<Hit>> VectorIndex::search(std::span<const Embedding> queries, std::size_t most,
                                                  int threads) const {
  for (const Embedding& query : queries) check_dimension(query.size(), dimension_);
  std::vector<std::vector<Hit>> hits(queries.size());
  if (most == 0) return hits;
  // No thread for less than some blocks: to begin one costs as much as they do.
  constexpr std::size_t kBlocksAThread = 8;
  const std::size_t parts =
      std::clamp<std::size_t>(blocks_.size() / kBlocksAThread, 1, static_cast<std::size_t>(threads));
  for (std::size_t first = 0; first < queries.size(); first += kMostQueries) {
    const auto some = queries.subspan(first, std::min(kMostQueries, queries.size() - first));
    std::vector<Pass> passes(parts, Pass(*this, some, most));
    const std::atomic<bool> go_on = false;
    for_each_in_parallel(parts, static_cast<int>(parts), go_on, [&](std::size_t part) {
      const std::size_t begin = blocks_.size() * part / parts, end = blocks_.size() * (part + 1) / parts;
      for (std::size_t block = begin; block < end; ++block) passes[part].look_at(block);
    });
    for (std::size_t q = 0; q < some.size(); ++q) {
      Best best = std::move(passes.front().best()[q]);
      for (std::size_t part = 1; part < parts; ++part) {
        for (const Hit& hit : passes[part].best()[q].hits()) best.offer(hit);
      }
      hits[first + q] = std::move(best).sorted();
    }
  }
  return hits;
}

}  // namespace kith

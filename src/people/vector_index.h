// VectorIndex: the vectors that are most like a vector, among millions.
#pragma once

#include <kith/face.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "people/byte_dots.h"

namespace kith {

/// Vectors with keys, a byte a number: dimension + 16 bytes each in memory, rounded up to a multiple of 4, no more than 1 %
/// above that. A search looks at all of them; it is exact but for what the bytes leave out, cosines off by some 1e-3, so
/// that the best of a few best, compared once more by whoever has the vectors themselves, is the best of all
/// (docs/performance.md has the figures). Searches may run at once on several threads, changes may not.
class VectorIndex {
 public:
  /// @param dots  for tests: another than the fastest.
  explicit VectorIndex(std::size_t dimension, ByteDots dots = byte_dots().front().run);
  VectorIndex(VectorIndex&&) noexcept = default;
  VectorIndex& operator=(VectorIndex&&) noexcept = default;

  std::size_t size() const { return size_; }
  std::size_t dimension() const { return dimension_; }
  /// What it holds, in memory.
  std::size_t bytes() const;

  /// @param vector  of the index's dimension and any length, all numbers finite. A key may have several.
  /// @throws Error kInvalidArgument for another dimension.
  void add(std::int64_t key, std::span<const float> vector);
  /// All vectors of a key, at once and for good: their bytes are overwritten. Looks through all keys.
  /// @return how many there were.
  std::size_t remove(std::int64_t key);

  struct Hit {
    std::int64_t key = 0;
    float dot = 0;  // with the query, nearly
  };
  /// @param queries  any number, best kMostQueries or more at a time: one pass over the index is for as many.
  /// @param most     hits a query. @param threads  to work on, >= 1.
  /// @return of each query its hits, the largest dot first; of equal ones the smaller key.
  /// @throws Error kInvalidArgument for another dimension.
  std::vector<std::vector<Hit>> search(std::span<const Embedding> queries, std::size_t most,
                                       int threads = 1) const;

 private:
  // As many vectors as are allocated at once: 512 kB at 512 numbers, which stay in a core's cache.
  static constexpr std::size_t kBlock = 1024;
  struct Block {
    std::unique_ptr<std::int8_t[]> bytes;  // kBlock / kBundle bundles
    std::unique_ptr<float[]> scales;       // what a vector's bytes are multiplied by
    std::unique_ptr<std::int64_t[]> keys;
  };
  class Pass;

  std::int8_t* quad_at(std::size_t place, std::size_t quad) const;
  void move_last_to(std::size_t place);

  std::size_t dimension_, quads_, size_ = 0;
  ByteDots dots_;
  std::vector<Block> blocks_;
};

}  // namespace kith

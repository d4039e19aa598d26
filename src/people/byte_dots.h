// Dot products of bytes, the inside of VectorIndex: as fast as the processor has instructions for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kith {

/// Vectors lie in bundles, so that one instruction serves all of a bundle: four numbers of the first vector, the same four of
/// the second, ..., then the next four of the first.
inline constexpr std::size_t kBundle = 16;
inline constexpr std::size_t kQuad = 4;
inline constexpr std::size_t kMostQueries = 8;  // a pass: as many sums as the processor has registers for

/// What is asked in one pass, in the way in which it is needed.
struct ByteQueries {
  std::size_t count = 0;             // 1 to kMostQueries
  std::size_t quads = 0;             // of each
  std::vector<std::int8_t> numbers;  // quads * kQuad numbers in [-127, 127] each, one query after the other
  std::vector<std::int32_t> sums;    // of each one's numbers
};

/// @param bundle  quads * kBundle * kQuad numbers in [-127, 127]. @param dots  of each query, kBundle exact sums.
using ByteDots = void (*)(const std::int8_t* bundle, const ByteQueries& queries, std::int32_t* dots);

struct ByteDotsKind {
  std::string name;  // "avx512_vnni", "avx2", "neon_dotprod", "plain"
  ByteDots run;
};

/// Those that this processor can run, the fastest first; "plain" is the last. All give the same numbers.
const std::vector<ByteDotsKind>& byte_dots();

}  // namespace kith

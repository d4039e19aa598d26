#include "people/byte_dots.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>
#endif

#include <cstring>
#include <utility>

namespace kith {
namespace {

constexpr std::size_t kStep = kBundle * kQuad;  // bytes

void plain(const std::int8_t* bundle, const ByteQueries& queries, std::int32_t* dots) {
  for (std::size_t q = 0; q < queries.count; ++q) {
    const std::int8_t* query = queries.numbers.data() + q * queries.quads * kQuad;
    std::int32_t sums[kBundle] = {};
    for (std::size_t i = 0; i < queries.quads; ++i) {
      for (std::size_t v = 0; v < kBundle; ++v) {
        for (std::size_t k = 0; k < kQuad; ++k)
          sums[v] += bundle[i * kStep + v * kQuad + k] * query[i * kQuad + k];
      }
    }
    std::memcpy(dots + q * kBundle, sums, sizeof sums);
  }
}

#if defined(__x86_64__) || defined(__aarch64__)

// Calls Kernel::run<N> for N queries: how many there are must be known when the loop is compiled, so that every sum has a
// register.
template <typename Kernel>
void for_queries(const std::int8_t* bundle, const ByteQueries& queries, std::int32_t* dots) {
  const auto pick = [&]<std::size_t... N>(std::index_sequence<N...>) {
    ((N + 1 == queries.count ? Kernel::template run<N + 1>(bundle, queries, dots) : void()), ...);
  };
  pick(std::make_index_sequence<kMostQueries>());
}

std::int32_t quad_of(const ByteQueries& queries, std::size_t query, std::size_t i) {
  std::int32_t quad = 0;
  std::memcpy(&quad, queries.numbers.data() + (query * queries.quads + i) * kQuad, sizeof quad);
  return quad;
}

#endif

#if defined(__x86_64__)

struct Avx512Vnni {
  // The instruction wants one side without a sign: 128 is added to the bundle, and what comes of that is taken off again.
  template <std::size_t N>
  [[gnu::target("avx512f,avx512bw,avx512vnni")]] static void run(const std::int8_t* bundle,
                                                                 const ByteQueries& queries,
                                                                 std::int32_t* dots) {
    const __m512i offset = _mm512_set1_epi8(static_cast<char>(0x80));
    __m512i sums[N];
    for (std::size_t q = 0; q < N; ++q) sums[q] = _mm512_set1_epi32(-128 * queries.sums[q]);
    for (std::size_t i = 0; i < queries.quads; ++i) {
      const __m512i vectors = _mm512_xor_si512(_mm512_loadu_si512(bundle + i * kStep), offset);
      for (std::size_t q = 0; q < N; ++q)
        sums[q] = _mm512_dpbusd_epi32(sums[q], vectors, _mm512_set1_epi32(quad_of(queries, q, i)));
    }
    for (std::size_t q = 0; q < N; ++q) _mm512_storeu_si512(dots + q * kBundle, sums[q]);
  }
};

struct Avx2 {
  // _mm256_maddubs_epi16 adds two products in 16 bits: no more than 2 * 127 * 127 here, which they hold.
  template <std::size_t N>
  [[gnu::target("avx2")]] static void run(const std::int8_t* bundle, const ByteQueries& queries,
                                          std::int32_t* dots) {
    constexpr std::size_t kHalf = kBundle / 2;
    const __m256i ones = _mm256_set1_epi16(1);
    for (std::size_t half = 0; half < 2; ++half) {
      __m256i sums[N];
      for (std::size_t q = 0; q < N; ++q) sums[q] = _mm256_setzero_si256();
      for (std::size_t i = 0; i < queries.quads; ++i) {
        const __m256i vectors =
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bundle + i * kStep + half * kHalf * kQuad));
        const __m256i sizes = _mm256_abs_epi8(vectors);
        for (std::size_t q = 0; q < N; ++q) {
          const __m256i query = _mm256_set1_epi32(quad_of(queries, q, i));
          const __m256i pairs = _mm256_maddubs_epi16(sizes, _mm256_sign_epi8(query, vectors));
          sums[q] = _mm256_add_epi32(sums[q], _mm256_madd_epi16(pairs, ones));
        }
      }
      for (std::size_t q = 0; q < N; ++q)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(dots + q * kBundle + half * kHalf), sums[q]);
    }
  }
};

#elif defined(__aarch64__)

struct NeonDotprod {
  template <std::size_t N>
  [[gnu::target("arch=armv8.2-a+dotprod")]] static void run(const std::int8_t* bundle,
                                                            const ByteQueries& queries, std::int32_t* dots) {
    constexpr std::size_t kLanes = 4, kParts = kBundle / kLanes;
    for (std::size_t part = 0; part < kParts; ++part) {
      int32x4_t sums[N];
      for (std::size_t q = 0; q < N; ++q) sums[q] = vdupq_n_s32(0);
      for (std::size_t i = 0; i < queries.quads; ++i) {
        const int8x16_t vectors = vld1q_s8(bundle + i * kStep + part * kLanes * kQuad);
        for (std::size_t q = 0; q < N; ++q) {
          const int8x16_t query = vreinterpretq_s8_s32(vdupq_n_s32(quad_of(queries, q, i)));
          sums[q] = vdotq_s32(sums[q], vectors, query);
        }
      }
      for (std::size_t q = 0; q < N; ++q) vst1q_s32(dots + q * kBundle + part * kLanes, sums[q]);
    }
  }
};

#endif

std::vector<ByteDotsKind> kinds() {
  std::vector<ByteDotsKind> all;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw"))
    all.push_back({"avx512_vnni", for_queries<Avx512Vnni>});
  if (__builtin_cpu_supports("avx2")) all.push_back({"avx2", for_queries<Avx2>});
#elif defined(__aarch64__)
  if ((::getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0) all.push_back({"neon_dotprod", for_queries<NeonDotprod>});
#endif
  all.push_back({"plain", plain});
  return all;
}

}  // namespace

const std::vector<ByteDotsKind>& byte_dots() {
  static const std::vector<ByteDotsKind> all = kinds();
  return all;
}

}  // namespace kith

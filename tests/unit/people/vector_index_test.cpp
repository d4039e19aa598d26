// Exact search: every kernel's numbers, and what comes first against plain floats.
#include "people/vector_index.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <thread>

#include "core/vectors.h"

namespace kith {
namespace {

std::vector<Embedding> unit_vectors(std::size_t count, std::size_t dimension, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<Embedding> vectors(count, Embedding(dimension));
  for (Embedding& vector : vectors) {
    for (float& x : vector) x = normal(random);
    scale_to_unit(vector);
  }
  return vectors;
}

// Pictures of `people` people, as alike as those of one person are (a cosine of about 0.6).
std::vector<Embedding> faces(std::size_t people, std::size_t each, std::size_t dimension) {
  std::vector<Embedding> centres = unit_vectors(people, dimension, 1),
                         all = unit_vectors(people * each, dimension, 2);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < dimension; ++k) all[i][k] = 0.77F * centres[i / each][k] + 0.64F * all[i][k];
    scale_to_unit(all[i]);
  }
  return all;
}

// Floats, one after the other.
std::size_t most_alike(const std::vector<Embedding>& vectors, const Embedding& query) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < vectors.size(); ++i) {
    if (dot(vectors[i], query) > dot(vectors[best], query)) best = i;
  }
  return best;
}

TEST(ByteDotsUnit, AllKindsGiveTheSameNumbers) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> number(-127, 127);
  for (const std::size_t quads : {std::size_t{1}, std::size_t{3}, std::size_t{128}}) {
    for (const bool extreme : {false, true}) {
      std::vector<std::int8_t> bundle(quads * kBundle * kQuad);
      for (auto& x : bundle) x = static_cast<std::int8_t>(extreme ? -127 : number(random));
      for (std::size_t count = 1; count <= kMostQueries; ++count) {
        ByteQueries queries{count, quads, std::vector<std::int8_t>(count * quads * kQuad), {}};
        for (auto& x : queries.numbers) x = static_cast<std::int8_t>(extreme ? 127 : number(random));
        for (std::size_t q = 0; q < count; ++q) {
          const auto begin = queries.numbers.begin() + static_cast<std::ptrdiff_t>(q * quads * kQuad);
          queries.sums.push_back(
              std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(quads * kQuad), 0));
        }
        std::vector<std::int32_t> expected(count * kBundle), dots(count * kBundle);
        byte_dots().back().run(bundle.data(), queries, expected.data());
        for (const ByteDotsKind& kind : byte_dots()) {
          kind.run(bundle.data(), queries, dots.data());
          EXPECT_EQ(dots, expected) << kind.name << ' ' << quads << " quads, " << count << " queries";
        }
      }
    }
  }
}

TEST(VectorIndexUnit, TheFirstOfAFewIsTheFirstOfAll) {
  constexpr std::size_t kDimension = 512, kShort = 16, kQueries = 400;
  const std::vector<Embedding> stored = faces(700, 5, kDimension);
  std::vector<Embedding> queries = unit_vectors(kQueries, kDimension, 3);  // half of them strangers
  for (std::size_t i = 0; i < kQueries / 2; ++i) {
    for (std::size_t k = 0; k < kDimension; ++k)
      queries[i][k] = 0.8F * stored[i * 7][k] + 0.6F * queries[i][k];
    scale_to_unit(queries[i]);
  }
  VectorIndex index(kDimension);
  for (std::size_t i = 0; i < stored.size(); ++i) index.add(static_cast<std::int64_t>(i), stored[i]);
  const auto hits = index.search(queries, kShort, 2);
  for (std::size_t q = 0; q < kQueries; ++q) {
    ASSERT_EQ(hits[q].size(), kShort);
    const auto first = std::ranges::max_element(hits[q], {}, [&](const VectorIndex::Hit& hit) {
      return dot(stored[static_cast<std::size_t>(hit.key)], queries[q]);
    });
    EXPECT_EQ(static_cast<std::size_t>(first->key), most_alike(stored, queries[q]));
    for (const VectorIndex::Hit& hit : hits[q])
      EXPECT_NEAR(hit.dot, dot(stored[static_cast<std::size_t>(hit.key)], queries[q]), 0.006);
  }
}

TEST(VectorIndexUnit, HowManyThreadsAndQueriesDoesNotMatter) {
  for (const std::size_t dimension : {std::size_t{1}, std::size_t{6}, std::size_t{128}}) {
    const std::vector<Embedding> stored = unit_vectors(20'000, dimension, 4);
    const std::vector<Embedding> queries = unit_vectors(19, dimension, 5);
    VectorIndex index(dimension), plain(dimension, byte_dots().back().run);
    for (std::size_t i = 0; i < stored.size(); ++i) {
      index.add(static_cast<std::int64_t>(i), stored[i]);
      plain.add(static_cast<std::int64_t>(i), stored[i]);
    }
    const auto keys_of = [&](const VectorIndex& from, int threads) {
      std::vector<std::int64_t> keys;
      for (const auto& hits : from.search(queries, 5, threads)) {
        for (const VectorIndex::Hit& hit : hits) keys.push_back(hit.key);
      }
      return keys;
    };
    const std::vector<std::int64_t> once = keys_of(index, 1);
    EXPECT_EQ(once, keys_of(index, 4)) << dimension;
    EXPECT_EQ(once, keys_of(plain, 3)) << dimension;
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const auto alone = index.search(std::span(&queries[q], 1), 5);
      for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(alone.front()[i].key, once[q * 5 + i]);
    }
  }
}

TEST(VectorIndexUnit, WhatIsRemovedIsGoneAndTheRestStays) {
  constexpr std::size_t kDimension = 20;
  const std::vector<Embedding> stored = unit_vectors(5'000, kDimension, 6);
  VectorIndex index(kDimension);
  std::map<std::int64_t, std::vector<std::size_t>> there;  // five vectors a key
  for (std::size_t i = 0; i < stored.size(); ++i) {
    index.add(static_cast<std::int64_t>(i % 1000), stored[i]);
    there[static_cast<std::int64_t>(i % 1000)].push_back(i);
  }
  std::mt19937 random(7);
  for (int round = 0; round < 700; ++round) {
    const auto key = static_cast<std::int64_t>(random() % 1000);
    const std::size_t held = there.contains(key) ? 5 : 0;
    EXPECT_EQ(index.remove(key), held);
    there.erase(key);
    if (round % 3 != 0) continue;
    for (std::size_t i = 0; i < 5; ++i) {
      const std::size_t again = static_cast<std::size_t>(key) + 1000 * i;
      index.add(key, stored[again]);
      there[key].push_back(again);
    }
  }
  EXPECT_EQ(index.size(), 5 * there.size());
  for (std::size_t i = 0; i < stored.size(); i += 17) {
    const auto key = static_cast<std::int64_t>(i % 1000);
    const auto hits = index.search(std::span(&stored[i], 1), 1);
    if (there.contains(key)) {
      EXPECT_EQ(hits.front().front().key, key);
    } else {
      EXPECT_NE(hits.front().front().key, key);
    }
  }
  for (const auto& [key, vectors] : there) index.remove(key);
  EXPECT_EQ(index.size(), 0U);
  EXPECT_TRUE(index.search(std::span(&stored[0], 1), 3).front().empty());
  EXPECT_EQ(index.bytes(), 0U);
}

TEST(VectorIndexUnit, OddVectorsAndQuestions) {
  VectorIndex index(8);
  index.add(1, Embedding(8, 0.0F));
  index.add(2, Embedding(8, 1e-20F));
  index.add(3, Embedding{1, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_THROW(index.add(4, Embedding(7)), Error);
  const std::vector<Embedding> other{Embedding(9)}, zero{Embedding(8, 0.0F)};
  EXPECT_THROW(index.search(other, 1), Error);
  EXPECT_EQ(index.search(zero, 2).front().front().key, 1) << "all alike: the smallest key";
  EXPECT_TRUE(index.search(zero, 0).front().empty());
  EXPECT_TRUE(index.search({}, 3).empty());
  EXPECT_EQ(index.search(zero, 9).front().size(), 3U);
}

TEST(VectorIndexUnit, AMillionFacesTakeLessThan600BytesEach) {
  VectorIndex index(512);
  Embedding vector(512, 0.04F);
  for (std::int64_t i = 0; i < 10'000; ++i) index.add(i, vector);
  EXPECT_LT(static_cast<double>(index.bytes()) / 10'000, 600 * 0.95) << "also before the last block is full";
}

TEST(VectorIndexUnit, SeveralThreadsMaySearch) {
  const std::vector<Embedding> stored = unit_vectors(9'000, 64, 8);
  VectorIndex index(64);
  for (std::size_t i = 0; i < stored.size(); ++i) index.add(static_cast<std::int64_t>(i), stored[i]);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = static_cast<std::size_t>(t); i < 400; i += 4)
        EXPECT_EQ(index.search(std::span(&stored[i], 1), 1, 2).front().front().key,
                  static_cast<std::int64_t>(i));
    });
  }
}

}  // namespace
}  // namespace kith

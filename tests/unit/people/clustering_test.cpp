#include "people/clustering.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <random>

#include "unit/people/synthetic.h"

namespace kith {
namespace {
using Groups = std::vector<std::vector<std::size_t>>;
using testing::ElementsAre;

// Average linkage as the book says: of all pairs of groups, join the one with the highest mean, until none is
// high enough.
Groups slow_cluster(const std::vector<Embedding>& faces, const ClusterOptions& options) {
  Groups groups;
  for (std::size_t i = 0; i < faces.size(); ++i) groups.push_back({i});
  const auto mean = [&](const auto& a, const auto& b) {
    double sum = 0;
    for (const std::size_t i : a) {
      for (const std::size_t j : b) {
        if (options.apart.contains(std::minmax(i, j))) return -std::numeric_limits<double>::infinity();
        sum += dot(faces[i], faces[j]);
      }
    }
    return sum / static_cast<double>(a.size() * b.size());
  };
  while (true) {
    double best = options.threshold;
    std::pair<std::size_t, std::size_t> pair{0, 0};
    for (std::size_t a = 0; a < groups.size(); ++a) {
      for (std::size_t b = a + 1; b < groups.size(); ++b) {
        if (const double m = mean(groups[a], groups[b]); m >= best) {
          best = m;
          pair = {a, b};
        }
      }
    }
    if (pair.second == 0) break;
    groups[pair.first].insert(groups[pair.first].end(), groups[pair.second].begin(),
                              groups[pair.second].end());
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(pair.second));
  }
  for (auto& group : groups) std::ranges::sort(group);
  std::ranges::sort(groups, [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a.front() < b.front();
  });
  return groups;
}

TEST(ClusteringUnit, IsAverageLinkage) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    test::Synthetic random(
        16, seed);  // few dimensions: strangers are often alike, and the order of joining matters
    std::vector<Embedding> faces;
    for (int person = 0; person < 8; ++person) {
      const Embedding centre = random.direction();
      for (int i = 0; i <= person; ++i) faces.push_back(random.near(centre, 1.2F));
    }
    ClusterOptions options;
    options.threshold = 0.3F;
    std::mt19937 dice(seed);
    for (int i = 0; i < 10; ++i) {
      const std::size_t a = dice() % faces.size();
      const std::size_t b = dice() % faces.size();
      if (a != b) options.apart.insert(std::minmax(a, b));
    }
    EXPECT_EQ(cluster(faces, std::vector<float>(faces.size(), 1.0F), options), slow_cluster(faces, options))
        << seed;
  }
}

TEST(ClusteringUnit, PoorFacesJoinButNeverFoundOrBridge) {
  test::Synthetic random(64);
  const Embedding ada = random.direction();
  const Embedding bea = random.direction();
  Embedding between(64);
  for (std::size_t i = 0; i < between.size(); ++i) between[i] = ada[i] + bea[i];
  scale_to_unit(between);
  const Embedding blur = random.direction();
  const std::vector<Embedding> faces{
      random.near(ada, 0.3F), random.near(ada, 0.3F),  random.near(ada, 0.3F),  random.near(bea, 0.3F),
      random.near(bea, 0.3F), random.near(blur, 0.1F), random.near(blur, 0.1F), between,
      random.near(bea, 0.4F)};
  const std::vector<float> qualities{0.9F, 0.7F, 0.5F, 0.8F, 0.6F, 0.1F, 0.2F, 0.1F, 0.4F};
  ClusterOptions options;
  options.threshold = 0.4F;
  Groups groups = cluster(faces, qualities, options);
  ASSERT_EQ(groups.size(), 4U);
  std::erase(groups[0], 7U);  // the one between is someone's, and nobody's bridge
  std::erase(groups[1], 7U);
  EXPECT_THAT(groups,
              ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 8), ElementsAre(5), ElementsAre(6)));
}

TEST(ClusteringUnit, FacesOfOnePictureAreTwoPeople) {
  test::Synthetic random(64);
  const Embedding twin = random.direction();
  const std::vector<Embedding> faces{random.near(twin, 0.1F), random.near(twin, 0.1F),
                                     random.near(twin, 0.1F)};
  ClusterOptions options;
  options.threshold = 0.4F;
  options.apart = {{0, 1}};
  EXPECT_EQ(cluster(faces, std::vector<float>{1, 1, 1}, options).size(), 2U);
  EXPECT_EQ(cluster(faces, std::vector<float>{1, 0, 1}, options).size(), 2U) << "poor ones too";
}

TEST(ClusteringUnit, AGoodFaceAndAPoorOneAreNoGroup) {
  test::Synthetic random(64);
  const Embedding ada = random.direction();
  const std::vector<Embedding> faces{random.near(ada, 0.1F), random.near(ada, 0.1F)};
  ClusterOptions options;
  options.threshold = 0.4F;
  EXPECT_EQ(cluster(faces, std::vector<float>{1, 0.01F}, options).size(), 2U);
  EXPECT_EQ(cluster(faces, std::vector<float>{1, 1}, options).size(), 1U);
}

TEST(ClusteringUnit, NobodyAndOne) {
  EXPECT_TRUE(cluster({}, {}, {}).empty());
  const std::vector<Embedding> one{{1, 0}};
  EXPECT_EQ(cluster(one, std::vector<float>{0}, {}).size(), 1U);
  EXPECT_EQ(cluster(one, std::vector<float>{1}, {}).size(), 1U);
}

}  // namespace
}  // namespace kith

#include "evaluate/calibrate.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include <algorithm>
#include <random>

namespace kith {
namespace {

std::vector<Embedding> random_units(std::size_t n, std::size_t dimension) {
  std::mt19937 generator(7);
  std::normal_distribution<float> normal;
  std::vector<Embedding> all(n, Embedding(dimension));
  for (Embedding& e : all) {
    for (float& value : e) value = normal(generator);
    normalise(e);
  }
  return all;
}

TEST(CalibrateUnit, ThresholdsAreTheQuantilesOfAllPairs) {
  const auto people = random_units(300, 16);
  std::vector<LikestPair> likest;
  const Calibration c = calibration_of(people, {}, likest);
  std::vector<float> cosines;
  for (std::size_t i = 0; i < people.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) cosines.push_back(similarity(people[i], people[j], c));
  }
  std::sort(cosines.rbegin(), cosines.rend());
  EXPECT_EQ(c.pairs, static_cast<std::int64_t>(cosines.size()));
  EXPECT_NEAR(c.mean, 0, 0.01);
  EXPECT_NEAR(c.stddev, 0.25, 0.01);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto rank = static_cast<std::size_t>(c.far[i] * static_cast<double>(cosines.size()));
    EXPECT_NEAR(c.threshold[i], cosines[rank], 2e-3) << c.far[i];
  }
  EXPECT_TRUE(std::is_sorted(c.threshold.begin(), c.threshold.end()));
  ASSERT_EQ(likest.size(), 10U);
  for (std::size_t i = 0; i < likest.size(); ++i) EXPECT_EQ(likest[i].similarity, cosines[i]);
  EXPECT_NE(c.source.find("from FAR 0.0001 on extrapolated"), std::string::npos) << c.source;
}

TEST(CalibrateUnit, OtherPeopleWeighHalf) {
  const auto strangers = random_units(200, 16);
  std::map<std::string, std::vector<Sample>> people;
  for (const Embedding& own : random_units(3, 16)) {
    std::vector<Sample>& photos = people[std::to_string(people.size())];
    for (int i = 0; i < 6; ++i) photos.emplace_back().embedding = own;  // a template is as sharp as a photo
  }
  std::vector<LikestPair> likest;
  const Calibration alone = calibration_of(strangers, {}, likest);
  const Calibration mixed = calibration_of(strangers, people, likest);
  EXPECT_EQ(alone.genuine_photos, 0);
  EXPECT_EQ(mixed.genuine_photos, 18);
  EXPECT_NEAR(mixed.genuine_mean, 1, 1e-5);
  EXPECT_EQ(mixed.pairs, alone.pairs);
  EXPECT_NEAR(mixed.threshold[0], alone.threshold[0], 0.05);
  EXPECT_NE(mixed.source.find("3 others"), std::string::npos) << mixed.source;
}

TEST(CalibrateUnit, AFewPeopleAreNotEnough) {
  std::vector<LikestPair> likest;
  EXPECT_THROW(calibration_of(random_units(20, 8), {}, likest), Error);
}

}  // namespace
}  // namespace kith

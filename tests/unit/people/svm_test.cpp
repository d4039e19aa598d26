#include "people/svm.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "unit/people/synthetic.h"

namespace kith {
namespace {

using test::Synthetic;

constexpr int kDimension = 24;

std::vector<Person> with_ids(std::vector<Person> people) {
  std::int64_t id = 1;
  for (Person& person : people) {
    person.id = id++ * 10;
    for (Sample& sample : person.samples) sample.id = id++ * 10 + 5;
  }
  return people;
}

// The slow, obvious version: each pair's decision value and probability, then pairwise coupling by its
// definition (Wu, Lin, Weng 2004, second method: minimise sum over i, j of (r_ji p_i - r_ij p_j)^2 with sum p
// = 1), solved by plain projected fixed-point iteration over many rounds.
std::vector<double> naive(const SvmParameters& m, const std::vector<Person>& people, const Embedding& x) {
  const std::size_t k = m.people.size(), n = m.support.size();
  std::vector<double> kernel(n);
  for (std::size_t s = 0; s < n; ++s) {
    for (const Person& person : people) {
      for (const Sample& sample : person.samples) {
        if (sample.id == m.support[s])
          kernel[s] = std::inner_product(x.begin(), x.end(), sample.embedding.begin(), 0.0);
      }
    }
  }
  std::vector<std::size_t> start(k, 0);
  for (std::size_t i = 1; i < k; ++i) start[i] = start[i - 1] + static_cast<std::size_t>(m.counts[i - 1]);
  std::vector<std::vector<double>> r(k, std::vector<double>(k, 0));
  std::size_t pair = 0;
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t j = i + 1; j < k; ++j, ++pair) {
      double f = -m.rho[pair];
      for (std::size_t s = start[i]; s < start[i] + static_cast<std::size_t>(m.counts[i]); ++s)
        f += m.coefficients[(j - 1) * n + s] * kernel[s];
      for (std::size_t s = start[j]; s < start[j] + static_cast<std::size_t>(m.counts[j]); ++s)
        f += m.coefficients[i * n + s] * kernel[s];
      r[i][j] = std::clamp(1 / (1 + std::exp(m.prob_a[pair] * f + m.prob_b[pair])), 1e-7, 1 - 1e-7);
      r[j][i] = 1 - r[i][j];
    }
  }
  std::vector<double> p(k, 1.0 / static_cast<double>(k));
  for (int round = 0; round < 20000; ++round) {
    for (std::size_t t = 0; t < k; ++t) {
      double others = 0, own = 0, all = 0;
      for (std::size_t a = 0; a < k; ++a) {
        for (std::size_t b = 0; b < k; ++b) {
          double q = -r[a][b] * r[b][a];
          if (a == b) {
            q = 0;
            for (std::size_t c = 0; c < k; ++c) q += c == a ? 0 : r[c][a] * r[c][a];
          }
          all += p[a] * q * p[b];
          if (a == t && b == t) own = q;
          if (a == t && b != t) others += q * p[b];
        }
      }
      p[t] = (all - others) / own;
      const double sum = std::accumulate(p.begin(), p.end(), 0.0);
      for (double& v : p) v /= sum;
    }
    if (k < 3 && round > 2000) break;
  }
  return p;
}

TEST(SvmUnit, AgreesWithANaivePairwiseComputation) {
  for (const auto& [count, photos] : {std::pair{2, 6}, {3, 1}, {4, 7}, {5, 3}}) {
    Synthetic synthetic(kDimension, static_cast<unsigned>(count));
    const std::vector<Person> people = with_ids(synthetic.people(count, photos, 1.2F));
    const auto svm = Svm::fit(people);
    ASSERT_NE(svm, nullptr);
    for (int probe = 0; probe < 4; ++probe) {
      const Embedding x = synthetic.near(people[static_cast<std::size_t>(probe % count)].centre, 1.0F);
      const std::vector<double> p = svm->probabilities(x);
      EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-6);
      // libsvm stops its iteration at 0.005 / k (svm.cpp, multiclass_probability).
      EXPECT_THAT(p, testing::Pointwise(testing::DoubleNear(0.005), naive(svm->parameters(), people, x)));
    }
  }
}

TEST(SvmUnit, IsDeterministic) {
  Synthetic synthetic(kDimension);
  const std::vector<Person> people = with_ids(synthetic.people(5, 6, 1.2F));
  const auto first = Svm::fit(people);
  std::srand(99);
  const auto second = Svm::fit(people);
  EXPECT_EQ(first->parameters().prob_a, second->parameters().prob_a);
  EXPECT_EQ(first->parameters().coefficients, second->parameters().coefficients);
}

TEST(SvmUnit, NeedsTwoPeopleAndNotTooMany) {
  Synthetic synthetic(kDimension);
  EXPECT_EQ(Svm::fit({}), nullptr);
  EXPECT_EQ(Svm::fit(with_ids(synthetic.people(1, 9))), nullptr);
  EXPECT_EQ(Svm::fit(with_ids(synthetic.people(static_cast<int>(Svm::kMostPeople) + 1, 1))), nullptr);
}

// libsvm alone would turn these around: a person missing from a fold of its cross-validation.
TEST(SvmUnit, FewPhotosAreNotTurnedAround) {
  Synthetic synthetic(kDimension);
  for (const int many : {1, 2, 20}) {
    for (const int few : {1, 2, 3}) {
      const std::vector<Person> people =
          with_ids({synthetic.person("a", few), synthetic.person("b", many), synthetic.person("c", many)});
      const auto svm = Svm::fit(people);
      for (std::size_t i = 0; i < people.size(); ++i) {
        const std::vector<double> p = svm->probabilities(people[i].samples.front().embedding);
        EXPECT_EQ(std::ranges::max_element(p) - p.begin(), static_cast<std::ptrdiff_t>(i))
            << few << " and " << many;
        EXPECT_GT(p[i], 0.6) << few << " and " << many;
      }
    }
  }
}

}  // namespace
}  // namespace kith

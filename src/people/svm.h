// Svm: a linear C-SVC with probabilities over the people of a gallery, fitted and evaluated by libsvm: what
// sklearn's SVC(kernel='linear', probability=True) does.
#pragma once

#include <kith/person.h>
#include <svm.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// libsvm's own numbers, without the support vectors: those are samples of the gallery and are named by their
/// ids.
struct SvmParameters {
  std::vector<std::int64_t> people;   // k person ids, in the order of the classes
  std::vector<std::int32_t> counts;   // k: support vectors of each class
  std::vector<std::int64_t> support;  // n sample ids, by class
  std::vector<double> coefficients;   // (k - 1) x n, row-major: svm_model::sv_coef
  std::vector<double> rho;            // k (k - 1) / 2, pairs (0, 1), (0, 2), ...
  std::vector<double> prob_a;         // the same
  std::vector<double> prob_b;         // the same
};

/// Immutable, hence thread-safe.
class Svm {
 public:
  /// Above this many people there is none, and the identifier goes by templates alone: of k (k - 1) / 2
  /// pairs, each is fitted six times, each is asked for every face, and coupling so many leaves the right
  /// person with hardly any probability.
  static constexpr std::size_t kMostPeople = 100;

  /// The same people give the same classifier. @param people  with ids of their own, and so their samples.
  /// @return nullptr for fewer than two people or more than kMostPeople.
  static std::shared_ptr<const Svm> fit(std::span<const Person> people);

  /// @param people  those that it was fitted on (others may be among them).
  Svm(SvmParameters parameters, std::span<const Person> people);
  Svm(const Svm&) = delete;
  Svm& operator=(const Svm&) = delete;

  const SvmParameters& parameters() const { return parameters_; }
  /// @return probabilities that sum to 1, in the order of parameters().people.
  std::vector<double> probabilities(const Embedding& embedding) const;

 private:
  SvmParameters parameters_;
  std::vector<std::vector<svm_node>> vectors_;
  // What svm_model points to.
  std::vector<svm_node*> vector_starts_;
  std::vector<double*> coefficient_rows_;
  std::vector<int> labels_;
  svm_model model_{};
};

}  // namespace kith

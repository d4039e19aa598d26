#include "people/svm.h"

#include <kith/error.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <unordered_map>

#include "core/vectors.h"

namespace kith {
namespace {

// libsvm finds the probabilities' sigmoids by a five-fold cross-validation of each pair. A class with fewer
// rows would be missing from a fold and turn the sigmoid around: its only photo would count as misclassified.
// Such people's rows are repeated up to this many.
constexpr std::size_t kFewestRows = 5;
// libsvm draws the folds with rand(): from the same state each time, after which the program's own goes on.
class FixedRandom {
 public:
  FixedRandom() : before_(::initstate(1, state_.data(), state_.size())) {}
  ~FixedRandom() { ::setstate(before_); }
  FixedRandom(const FixedRandom&) = delete;
  FixedRandom& operator=(const FixedRandom&) = delete;

 private:
  std::array<char, 128> state_{};
  char* before_;
};

// Each pair is fitted six times and each fit asks for the same dot products: up to this many photos they are
// computed once (16 bytes a pair of photos, 256 MiB), which makes fitting ten times as fast.
constexpr std::size_t kMostInTable = 4096;

std::vector<svm_node> to_nodes(const Embedding& embedding) {
  std::vector<svm_node> nodes(embedding.size() + 1);
  for (std::size_t i = 0; i < embedding.size(); ++i) nodes[i] = {static_cast<int>(i) + 1, embedding[i]};
  nodes.back() = {-1, 0};
  return nodes;
}

svm_parameter linear_c_svc() {
  svm_parameter p{};
  p.svm_type = C_SVC;
  p.kernel_type = LINEAR;
  p.C = 1;  // C, eps, shrinking: sklearn's defaults
  p.eps = 1e-3;
  p.shrinking = 1;
  p.cache_size = 100;  // MB
  p.probability = 1;
  return p;
}

// libsvm's "precomputed kernel": the sample's number, then its dot product with each sample.
std::vector<svm_node> to_products(std::size_t number, std::span<const Sample* const> samples) {
  std::vector<svm_node> nodes{{0, static_cast<double>(number + 1)}};
  for (const Sample* other : samples) {
    nodes.push_back({static_cast<int>(nodes.size()), dot(samples[number]->embedding, other->embedding)});
  }
  nodes.push_back({-1, 0});
  return nodes;
}

// The rows in libsvm's shape. Copies of a sample lie side by side.
struct Rows {
  std::vector<std::vector<svm_node>> nodes;  // one a sample
  std::vector<svm_node*> x;                  // one a row
  std::vector<double> y;
  std::vector<std::int64_t> sample;  // of each row
  std::vector<std::int64_t> people;  // of each label
  bool products = false;             // nodes hold dot products instead of embeddings
};

Rows make_rows(std::span<const Person> people) {
  std::vector<const Sample*> all;
  for (const Person& person : people) {
    for (const Sample& sample : person.samples) all.push_back(&sample);
  }
  Rows rows;
  rows.products = all.size() <= kMostInTable;
  for (const Person& person : people) {
    if (person.samples.empty()) continue;
    const std::size_t copies = (kFewestRows + person.samples.size() - 1) / person.samples.size();
    for (const Sample& sample : person.samples) {
      rows.nodes.push_back(rows.products ? to_products(rows.nodes.size(), all) : to_nodes(sample.embedding));
      for (std::size_t i = 0; i < copies; ++i) {
        rows.x.push_back(rows.nodes.back().data());
        rows.y.push_back(static_cast<double>(rows.people.size()));
        rows.sample.push_back(sample.id);
      }
    }
    rows.people.push_back(person.id);
  }
  return rows;
}

// Copies of one support vector become one: in a linear machine their coefficients add up.
SvmParameters compact(const svm_model& model, const Rows& rows) {
  SvmParameters result;
  result.people = rows.people;
  std::vector<std::size_t> column(static_cast<std::size_t>(model.l));
  int next = 0;
  for (int k = 0; k < model.nr_class; ++k) {
    const std::size_t before = result.support.size();
    for (int i = 0; i < model.nSV[k]; ++i, ++next) {
      const std::int64_t sample = rows.sample[static_cast<std::size_t>(model.sv_indices[next] - 1)];
      if (result.support.size() == before || result.support.back() != sample)
        result.support.push_back(sample);
      column[static_cast<std::size_t>(next)] = result.support.size() - 1;
    }
    result.counts.push_back(static_cast<std::int32_t>(result.support.size() - before));
  }
  const std::size_t n = result.support.size();
  result.coefficients.assign(static_cast<std::size_t>(model.nr_class - 1) * n, 0.0);
  for (int row = 0; row < model.nr_class - 1; ++row) {
    for (int i = 0; i < model.l; ++i) {
      result.coefficients[static_cast<std::size_t>(row) * n + column[static_cast<std::size_t>(i)]] +=
          model.sv_coef[row][i];
    }
  }
  const std::ptrdiff_t pairs = static_cast<std::ptrdiff_t>(model.nr_class) * (model.nr_class - 1) / 2;
  result.rho.assign(model.rho, model.rho + pairs);
  result.prob_a.assign(model.probA, model.probA + pairs);
  result.prob_b.assign(model.probB, model.probB + pairs);
  return result;
}

using SampleIndex = std::unordered_map<std::int64_t, const Sample*>;

SampleIndex index_samples(std::span<const Person> people) {
  SampleIndex samples;
  for (const Person& person : people) {
    for (const Sample& sample : person.samples) samples.emplace(sample.id, &sample);
  }
  return samples;
}

}  // namespace

std::shared_ptr<const Svm> Svm::fit(std::span<const Person> people) {
  const auto k = std::ranges::count_if(people, [](const Person& p) { return !p.samples.empty(); });
  if (k < 2 || k > static_cast<std::ptrdiff_t>(kMostPeople)) return nullptr;
  Rows rows = make_rows(people);
  const svm_problem problem{static_cast<int>(rows.y.size()), rows.y.data(), rows.x.data()};
  svm_parameter parameter = linear_c_svc();
  if (rows.products) parameter.kernel_type = PRECOMPUTED;

  static std::mutex one_at_a_time;  // rand() is one for the process
  const std::lock_guard lock(one_at_a_time);
  svm_set_print_string_function([](const char*) {});
  if (const char* wrong = svm_check_parameter(&problem, &parameter)) {
    throw Error(ErrorCode::kInternal, std::string("the classifier cannot be fitted: ") + wrong);
  }
  const FixedRandom fixed;
  const auto destroy = [](svm_model* model) { svm_free_and_destroy_model(&model); };
  const std::unique_ptr<svm_model, decltype(destroy)> model(svm_train(&problem, &parameter), destroy);
  return std::make_shared<const Svm>(compact(*model, rows), people);
}

Svm::Svm(SvmParameters parameters, std::span<const Person> people) : parameters_(std::move(parameters)) {
  const SampleIndex samples = index_samples(people);
  for (const std::int64_t id : parameters_.support) vectors_.push_back(to_nodes(samples.at(id)->embedding));
  for (std::vector<svm_node>& vector : vectors_) vector_starts_.push_back(vector.data());
  const std::size_t n = parameters_.support.size();
  for (std::size_t k = 0; k < parameters_.people.size(); ++k) {
    labels_.push_back(static_cast<int>(k));
    if (k > 0) coefficient_rows_.push_back(parameters_.coefficients.data() + (k - 1) * n);
  }
  model_.param = linear_c_svc();
  model_.nr_class = static_cast<int>(parameters_.people.size());
  model_.l = static_cast<int>(n);
  model_.SV = vector_starts_.data();
  model_.sv_coef = coefficient_rows_.data();
  model_.rho = parameters_.rho.data();
  model_.probA = parameters_.prob_a.data();
  model_.probB = parameters_.prob_b.data();
  model_.label = labels_.data();
  model_.nSV = parameters_.counts.data();
}

std::vector<double> Svm::probabilities(const Embedding& embedding) const {
  std::vector<double> result(parameters_.people.size());
  const std::vector<svm_node> nodes = to_nodes(embedding);
  svm_predict_probability(&model_, nodes.data(), result.data());
  return result;
}

}  // namespace kith

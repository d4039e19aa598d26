#include "evaluate/reliability.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kith {
namespace {

constexpr std::size_t kBins = 10;

struct Sum {
  double faces = 0, confidence = 0, right = 0;
};
using Sums = std::array<Sum, kBins>;

void add(Sums& to, const Sums& sums, double weight) {
  for (std::size_t b = 0; b < kBins; ++b) {
    to[b].faces += weight * sums[b].faces;
    to[b].confidence += weight * sums[b].confidence;
    to[b].right += weight * sums[b].right;
  }
}

/// The faces of each subject.
std::vector<Sums> by_subject(const std::vector<Confidence>& faces) {
  std::vector<Sums> subjects;
  for (const Confidence& face : faces) {
    if (face.subject >= subjects.size()) subjects.resize(face.subject + 1);
    Sum& sum = subjects[face.subject][std::min(kBins - 1, static_cast<std::size_t>(face.confidence * kBins))];
    sum.faces += 1;
    sum.confidence += static_cast<double>(face.confidence);
    sum.right += face.right ? 1 : 0;
  }
  return subjects;
}

/// All subjects, each `weights` times, so that they weigh one half together.
Sums half(const std::vector<Sums>& subjects, const std::vector<int>& weights) {
  Sums all{};
  for (std::size_t i = 0; i < subjects.size(); ++i) add(all, subjects[i], weights[i]);
  double faces = 0;
  for (const Sum& sum : all) faces += sum.faces;
  Sums result{};
  if (faces > 0) add(result, all, 0.5 / faces);
  return result;
}

Reliability figures_of(const Sums& sums) {
  Reliability result;
  for (std::size_t b = 0; b < kBins; ++b) {
    const Sum& sum = sums[b];
    ReliabilityBin& bin = result.bins.emplace_back();
    bin.from = static_cast<double>(b) / kBins;
    bin.to = static_cast<double>(b + 1) / kBins;
    bin.weight = sum.faces;
    if (sum.faces <= 0) continue;
    bin.confidence = sum.confidence / sum.faces;
    bin.correct = sum.right / sum.faces;
    result.ece += std::abs(sum.confidence - sum.right);
  }
  return result;
}

std::vector<int> draw(std::size_t subjects, Redraw& redraw) {
  std::vector<int> weights(subjects);
  for (const std::size_t drawn : redraw(subjects)) ++weights[drawn];
  return weights;
}

}  // namespace

Reliability reliability_of(const std::vector<Confidence>& known, const std::vector<Confidence>& strangers) {
  const std::vector<Sums> people = by_subject(known);
  const std::vector<Sums> others = by_subject(strangers);
  const auto figures = [&](const std::vector<int>& people_weights, const std::vector<int>& other_weights) {
    Sums sums = half(people, people_weights);
    add(sums, half(others, other_weights), 1);
    return figures_of(sums);
  };
  Reliability result = figures(std::vector<int>(people.size(), 1), std::vector<int>(others.size(), 1));
  Redraw redraw;
  std::vector<double> eces;
  std::array<std::vector<double>, kBins> correct;
  for (int r = 0; r < kRedraws; ++r) {
    const std::vector<int> people_weights = draw(people.size(), redraw);
    const Reliability drawn = figures(people_weights, draw(others.size(), redraw));
    eces.push_back(drawn.ece);
    for (std::size_t b = 0; b < kBins; ++b) {
      if (drawn.bins[b].weight > 0) correct[b].push_back(drawn.bins[b].correct);
    }
  }
  result.ece_interval = middle(eces);
  for (std::size_t b = 0; b < kBins; ++b) {
    if (!correct[b].empty()) result.bins[b].interval = middle(correct[b]);
  }
  return result;
}

}  // namespace kith

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

// Adds how many subjects stand behind each bin. @return the trials they are worth: (sum w)^2 / sum w^2 of their weights w
// (Kish, Survey Sampling, 1965), since known people and strangers do not weigh the same.
std::array<double, kBins> count_subjects(const std::vector<Sums>& known, const std::vector<Sums>& strangers,
                                         Reliability& result) {
  std::array<double, kBins> weights{}, squares{}, trials{};
  for (const std::vector<Sums>* kind : {&known, &strangers}) {
    double all = 0;
    for (const Sums& subject : *kind) {
      for (const Sum& sum : subject) all += sum.faces;
    }
    for (const Sums& subject : *kind) {
      for (std::size_t b = 0; b < kBins; ++b) {
        if (subject[b].faces <= 0) continue;
        const double weight = subject[b].faces / all;
        weights[b] += weight;
        squares[b] += weight * weight;
        result.bins[b].faces += static_cast<std::int64_t>(subject[b].faces);
        ++result.bins[b].subjects;
      }
    }
  }
  for (std::size_t b = 0; b < kBins; ++b)
    trials[b] = squares[b] > 0 ? weights[b] * weights[b] / squares[b] : 0;
  return trials;
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
  const std::array<double, kBins> trials = count_subjects(people, others, result);
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
  bool varies = false;
  for (std::size_t b = 0; b < kBins; ++b) {
    ReliabilityBin& bin = result.bins[b];
    if (bin.weight <= 0) continue;
    varies = varies || has_width(middle(correct[b]));
    bin.interval = share_interval(correct[b], bin.correct, trials[b]);
  }
  if (varies) result.ece_interval = middle(eces);
  return result;
}

}  // namespace kith

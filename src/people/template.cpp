#include "people/template.h"

#include <algorithm>
#include <cmath>

#include "core/vectors.h"

namespace kith {
namespace {

constexpr std::size_t kFewest = 4;  // samples among which an outlier can be told
constexpr float kOutlier = 0.5F;    // of the median cosine to the others
constexpr double kMostLeftOut = 0.3;

float weight(const Sample& sample) {
  constexpr float kLeastWeight = 0.05F;  // even a poor photo counts a little
  return std::clamp(sample.quality, kLeastWeight, 1.0F);
}

Embedding weighted_sum(std::span<const Sample* const> samples) {
  Embedding sum(samples.front()->embedding.size(), 0.0F);
  for (const Sample* sample : samples) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight(*sample) * sample->embedding[i];
  }
  return sum;
}

// Each sample's cosine to the sum of the others.
std::vector<float> cosines_to_others(std::span<const Sample* const> samples) {
  const Embedding sum = weighted_sum(samples);
  const float norm2 = dot(sum, sum);
  std::vector<float> result;
  for (const Sample* sample : samples) {
    const float w = weight(*sample);
    const float along = dot(sum, sample->embedding);  // |sum - w s|^2 = |sum|^2 - 2 w along + w^2
    const float others = std::sqrt(std::max(norm2 - 2 * w * along + w * w, 1e-12F));
    result.push_back((along - w) / others);
  }
  return result;
}

}  // namespace

std::vector<const Sample*> typical_samples(std::span<const Sample> samples, const Sample* left_out) {
  std::vector<const Sample*> all;
  for (const Sample& sample : samples) {
    if (&sample != left_out) all.push_back(&sample);
  }
  if (all.size() < kFewest) return all;
  const std::vector<float> cosines = cosines_to_others(all);
  std::vector<float> sorted = cosines;
  std::ranges::sort(sorted);
  const auto most = static_cast<std::size_t>(kMostLeftOut * static_cast<double>(all.size()));
  const float limit = std::min(kOutlier * sorted[sorted.size() / 2], sorted[most]);
  std::vector<const Sample*> typical;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (cosines[i] >= limit) typical.push_back(all[i]);
  }
  return typical;
}

Embedding template_of(std::span<const Sample> samples, const Sample* left_out) {
  Embedding centre = weighted_sum(typical_samples(samples, left_out));
  scale_to_unit(centre);
  return centre;
}

}  // namespace kith

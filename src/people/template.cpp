#include "people/template.h"

#include <algorithm>

#include "core/vectors.h"

namespace kith {

Embedding template_of(std::span<const Sample> samples, const Sample* left_out) {
  constexpr float kLeastWeight = 0.05F;  // even a poor photo counts a little
  Embedding centre(samples.front().embedding.size(), 0.0F);
  for (const Sample& sample : samples) {
    if (&sample == left_out) continue;
    const float weight = std::clamp(sample.quality, kLeastWeight, 1.0F);
    for (std::size_t i = 0; i < centre.size(); ++i) centre[i] += weight * sample.embedding[i];
  }
  scale_to_unit(centre);
  return centre;
}

}  // namespace kith

// The template: what a person's samples have in common.
#pragma once

#include <kith/person.h>

#include <span>
#include <vector>

namespace kith {

/// The samples that make up the template: not those whose cosine to the others' mean is below half of the median (a
/// false detection, someone else's photo), of which at most 30 % are left out; with fewer than four samples nobody can
/// tell, and all count.
std::vector<const Sample*> typical_samples(std::span<const Sample> samples, const Sample* left_out = nullptr);

/// The normalised quality-weighted mean of the typical samples' embeddings, leaving one out where asked.
/// @param samples  at least one (two when one is left out), all of one dimension.
Embedding template_of(std::span<const Sample> samples, const Sample* left_out = nullptr);

}  // namespace kith

// The template: what a person's samples have in common.
#pragma once

#include <kith/gallery.h>

#include <span>

namespace kith {

/// The normalised quality-weighted mean of the samples' embeddings, leaving one out where asked.
/// @param samples  at least one (two when one is left out), all of one dimension.
Embedding template_of(std::span<const Sample> samples, const Sample* left_out = nullptr);

}  // namespace kith

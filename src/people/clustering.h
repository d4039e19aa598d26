// clustering: embeddings of nobody knows whom -> groups of one person each.
// Average linkage on cosine similarity: two groups are joined while the mean similarity of all pairs across
// them is at least the threshold (Sokal, Michener 1958; by chains of nearest neighbours, Murtagh 1983).
#pragma once

#include <kith/face.h>

#include <cstddef>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace kith {

/// The quality from which a face may found a group: above the median of faces blurred beyond recognition (docs/accuracy.md,
/// "Quality").
inline constexpr float kFoundingQuality = 0.45F;

struct ClusterOptions {
  float threshold = 0;  // cosine, [-1, 1]; from the calibration (threshold_at)
  // Poorer faces resemble each other whoever they are: they join a group of two and more better ones or stay alone, and
  // never join two groups.
  float min_quality = kFoundingQuality;
  std::set<std::pair<std::size_t, std::size_t>> apart;  // indices, smaller first, of faces seen beside each
                                                        // other: never in one group
};

/// @param faces      unit vectors of one dimension.
/// @param qualities  of the same faces, [0, 1].
/// @return every index once: groups by size, descending, then by their first index; indices ascend.
std::vector<std::vector<std::size_t>> cluster(std::span<const Embedding> faces,
                                              std::span<const float> qualities,
                                              const ClusterOptions& options);

}  // namespace kith

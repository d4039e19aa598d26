// Faces between two detections: whether they only moved, and where they were meanwhile.
#pragma once

#include <kith/face.h>

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace kith {

/// Which face of `before` (first) became which of `after` (second), where nothing else happened: every face
/// has a counterpart of its size not far away, and no other face is nearly as near. nullopt where a face
/// came, went, moved far or could be another's.
/// @param speck_px  faces narrower than this may come and go; they are left out where they do.
std::optional<std::vector<std::pair<std::size_t, std::size_t>>> only_moved(std::span<const Face> before,
                                                                           std::span<const Face> after,
                                                                           float speck_px = 0);

/// The face on a straight way. @param at  0 = before, 1 = after; beyond 1 it goes on as it did.
Face between(const Face& before, const Face& after, float at);

}  // namespace kith

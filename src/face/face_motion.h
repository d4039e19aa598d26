// Faces between two detections: whether they only moved, and where they were meanwhile.
#pragma once

#include <kith/face.h>

#include <optional>
#include <span>
#include <vector>

namespace kith {

/// The face of `after` that each face of `before` became, where nothing else happened: as many faces, each one with one
/// and only one counterpart that it overlaps well. nullopt where a face came, went, moved far or could be another's.
std::optional<std::vector<std::size_t>> only_moved(std::span<const Face> before, std::span<const Face> after);

/// The face on a straight way. @param at  0 = before, 1 = after; beyond 1 it goes on as it did.
Face between(const Face& before, const Face& after, float at);

}  // namespace kith

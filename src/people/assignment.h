// Who gets which name when each name may be given once.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace kith {

/// A name that a face would accept.
struct Candidate {
  std::size_t person = 0;
  float similarity = 0;  // cosine; whom the person prefers
};

/// Each face asks for its candidates in order; each person keeps the most similar face that asked (the
/// earlier one of equals) and turns the others away, who ask on. Stable: no face and person would both rather
/// have each other (Gale, Shapley 1962).
/// @param wishes  a list a face, best first; persons < `people`.
/// @return the place in the face's list that it got, nullopt when it got none.
std::vector<std::optional<std::size_t>> assign_names(std::span<const std::vector<Candidate>> wishes,
                                                     std::size_t people);

}  // namespace kith

#include "people/assignment.h"

namespace kith {

std::vector<std::optional<std::size_t>> assign_names(std::span<const std::vector<Candidate>> wishes,
                                                     std::size_t people) {
  std::vector<std::optional<std::size_t>> got(wishes.size());
  std::vector<std::size_t> next(wishes.size(), 0);
  std::vector<std::optional<std::size_t>> holder(people);  // the face that has the name
  for (std::size_t start = 0; start < wishes.size(); ++start) {
    std::optional<std::size_t> asking = start;
    while (asking && next[*asking] < wishes[*asking].size()) {
      const std::size_t face = *asking, place = next[face]++;
      const Candidate& wish = wishes[face][place];
      std::optional<std::size_t>& held_by = holder[wish.person];
      if (held_by && wishes[*held_by][*got[*held_by]].similarity >= wish.similarity) continue;
      asking = held_by;  // turned away, or nobody
      if (held_by) got[*held_by].reset();
      held_by = face;
      got[face] = place;
    }
  }
  return got;
}

}  // namespace kith

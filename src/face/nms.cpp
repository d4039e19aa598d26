#include "face/nms.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <unordered_map>

namespace kith {
namespace {

double width(const ScoredBox& box) { return box.x2 - box.x1 + 1; }
double height(const ScoredBox& box) { return box.y2 - box.y1 + 1; }

double overlap_of(const ScoredBox& a, const ScoredBox& b, Overlap overlap) {
  const double w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1) + 1;
  const double h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1) + 1;
  if (w <= 0 || h <= 0) return 0;
  const double both = w * h;
  const double area_a = width(a) * height(a);
  const double area_b = width(b) * height(b);
  return both / (overlap == Overlap::kUnion ? area_a + area_b - both : std::min(area_a, area_b));
}

std::vector<std::size_t> by_score(std::span<const ScoredBox> boxes) {
  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return boxes[a].score > boxes[b].score; });
  return order;
}

std::vector<std::size_t> compare_all(std::span<const ScoredBox> boxes, double threshold, Overlap overlap) {
  std::vector<std::size_t> kept;
  for (const std::size_t i : by_score(boxes)) {
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](std::size_t k) {
      return overlap_of(boxes[i], boxes[k], overlap) > threshold;
    });
    if (!covered) kept.push_back(i);
  }
  return kept;
}

// Survivors in square cells, one grid for each octave of the longer side; cells are at least as long as that
// side. Two boxes whose intersection over union is above 1/2 have longer sides within a factor of 2 and
// touch: they lie in neighbouring octaves and, in each octave's grid, in neighbouring cells.
class Grid {
 public:
  explicit Grid(std::span<const ScoredBox> boxes) : boxes_(boxes) {}

  void add(std::size_t index) {
    const int octave = octave_of(boxes_[index]);
    const auto [x, y] = cell_of(boxes_[index], octave);
    cells_[key(octave, x, y)].push_back(index);
  }

  bool covered(std::size_t index, double threshold) const {
    const ScoredBox& box = boxes_[index];
    const int own = octave_of(box);
    for (int octave = own - 1; octave <= own + 1; ++octave) {
      const auto [x, y] = cell_of(box, octave);
      const int reach = octave < own ? 2 : 1;  // a box may be twice as long as the cells of the octave below
      for (int dy = -reach; dy <= reach; ++dy) {
        for (int dx = -reach; dx <= reach; ++dx) {
          if (cell_covers(key(octave, x + dx, y + dy), box, threshold)) return true;
        }
      }
    }
    return false;
  }

 private:
  static int octave_of(const ScoredBox& box) { return std::ilogb(std::max({width(box), height(box), 1.0})); }

  static std::pair<std::int64_t, std::int64_t> cell_of(const ScoredBox& box, int octave) {
    const double side = std::ldexp(1.0, octave + 1);
    return {static_cast<std::int64_t>(std::floor((box.x1 + box.x2) / 2 / side)),
            static_cast<std::int64_t>(std::floor((box.y1 + box.y2) / 2 / side))};
  }

  static std::uint64_t key(int octave, std::int64_t x, std::int64_t y) {
    constexpr std::uint64_t kMask = (1U << 28U) - 1;  // 28 bits a coordinate; more would only share a cell
    return (static_cast<std::uint64_t>(octave + 1) << 56U) |
           ((static_cast<std::uint64_t>(x) & kMask) << 28U) | (static_cast<std::uint64_t>(y) & kMask);
  }

  bool cell_covers(std::uint64_t cell, const ScoredBox& box, double threshold) const {
    const auto found = cells_.find(cell);
    if (found == cells_.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](std::size_t k) {
      return overlap_of(box, boxes_[k], Overlap::kUnion) > threshold;
    });
  }

  std::span<const ScoredBox> boxes_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> cells_;
};

std::vector<std::size_t> compare_near(std::span<const ScoredBox> boxes, double threshold) {
  Grid grid(boxes);
  std::vector<std::size_t> kept;
  for (const std::size_t i : by_score(boxes)) {
    if (grid.covered(i, threshold)) continue;
    grid.add(i);
    kept.push_back(i);
  }
  return kept;
}

}  // namespace

std::vector<std::size_t> nms(std::span<const ScoredBox> boxes, double threshold, Overlap overlap) {
  constexpr std::size_t kMany = 500;  // below, comparing all with all is faster than a grid
  const bool near_is_enough = overlap == Overlap::kUnion && threshold >= 0.5;
  if (near_is_enough && boxes.size() > kMany) return compare_near(boxes, threshold);
  return compare_all(boxes, threshold, overlap);
}

}  // namespace kith

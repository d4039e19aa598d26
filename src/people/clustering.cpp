#include "people/clustering.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <opencv2/core.hpp>
#include <optional>

namespace kith {
namespace {
using Group = std::vector<std::size_t>;

constexpr float kNever = -std::numeric_limits<float>::infinity();  // stays so in every mean

// One row a face.
cv::Mat1f matrix_of(std::span<const Embedding> faces, std::span<const std::size_t> chosen) {
  cv::Mat1f rows(static_cast<int>(chosen.size()), static_cast<int>(faces.front().size()));
  for (std::size_t i = 0; i < chosen.size(); ++i)
    std::ranges::copy(faces[chosen[i]], rows.ptr<float>(static_cast<int>(i)));
  return rows;
}

// Sets of indices that grow together.
class Sets {
 public:
  explicit Sets(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }
  std::vector<Group> groups(std::span<const std::size_t> names) {
    std::vector<Group> groups(parent_.size());
    for (std::size_t i = 0; i < parent_.size(); ++i) groups[find(i)].push_back(names[i]);
    std::erase_if(groups, [](const Group& group) { return group.empty(); });
    return groups;
  }

 private:
  std::vector<std::size_t> parent_;
};

// Also in a copy for wider registers, chosen by the processor (as in area_shrink.cpp).
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KITH_ALSO_WIDE [[gnu::target_clones("avx2", "default")]]
#else
#define KITH_ALSO_WIDE
#endif

// sums += a * row. Along the row, since a sum over the dimensions themselves could not be reordered.
KITH_ALSO_WIDE void add_scaled(const float* a, const float* const* rows, float* sums, int count) {
  const float a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
  for (int j = 0; j < count; ++j)
    sums[j] += (a0 * rows[0][j] + a1 * rows[1][j]) + (a2 * rows[2][j] + a3 * rows[3][j]);
}

// Cosine similarities of one face to the first `count` of those that are the columns of `columns`.
void similarities(const float* face, const cv::Mat1f& columns, int count, float* out) {
  std::fill_n(out, count, 0.0F);
  int d = 0;
  for (; d + 4 <= columns.rows; d += 4) {
    const std::array<const float*, 4> rows{columns.ptr<float>(d), columns.ptr<float>(d + 1),
                                           columns.ptr<float>(d + 2), columns.ptr<float>(d + 3)};
    add_scaled(face + d, rows.data(), out, count);
  }
  for (; d < columns.rows; ++d) {
    for (int j = 0; j < count; ++j) out[j] += face[d] * columns(d, j);
  }
}

// Calls use(row, column begin, similarities) for tiles that together cover `rows` x `rows`, or what lies
// below the diagonal of it. A tile of columns stays in the cache while all rows go past it.
template <typename Use>
void for_each_similarity(const cv::Mat1f& rows, bool below_diagonal, Use use) {
  constexpr int kTile = 256;  // x 512 dimensions: 512 kB
  const cv::Mat1f columns = rows.t();
  std::array<float, kTile> similar{};
  for (int begin = 0; begin < rows.rows; begin += kTile) {
    const int width = std::min(kTile, rows.rows - begin);
    const cv::Mat1f tile = columns.colRange(begin, begin + width).clone();
    for (int i = below_diagonal ? begin + 1 : 0; i < rows.rows; ++i) {
      const int end = below_diagonal ? std::min(width, i - begin) : width;
      similarities(rows.ptr<float>(i), tile, end, similar.data());
      use(i, begin, std::span<const float>(similar.data(), static_cast<std::size_t>(end)));
    }
  }
}

// Groups that no pair at the threshold connects can never be joined, since a mean is not above its largest:
// each connected part is a problem of its own, and the large matrix of all pairs is never needed at once.
std::vector<Group> connected_parts(std::span<const Embedding> faces, const Group& chosen, float threshold) {
  Sets sets(chosen.size());
  for_each_similarity(matrix_of(faces, chosen), true, [&](int i, int begin, std::span<const float> similar) {
    for (std::size_t j = 0; j < similar.size(); ++j) {
      if (similar[j] >= threshold)
        sets.join(static_cast<std::size_t>(i), static_cast<std::size_t>(begin) + j);
    }
  });
  return sets.groups(chosen);
}

// Average linkage within one connected part.
class Linkage {
 public:
  Linkage(std::span<const Embedding> faces, Group part, const ClusterOptions& options)
      : part_(std::move(part)), threshold_(options.threshold), size_(part_.size(), 1), sets_(part_.size()) {
    const int size = static_cast<int>(part_.size());
    similar_.create(size, size);
    for_each_similarity(matrix_of(faces, part_), false,
                        [&](int i, int begin, std::span<const float> similar) {
                          std::ranges::copy(similar, similar_.ptr<float>(i) + begin);
                        });
    for (std::size_t i = 0; i < part_.size(); ++i) at(i, i) = kNever;
    for (const auto& [a, b] : options.apart) keep_apart(a, b);
  }

  std::vector<Group> groups() {
    std::vector<std::size_t> chain;
    for (std::size_t start = 0; start < part_.size();) {
      if (chain.empty()) {
        while (start < part_.size() && size_[start] == 0) ++start;
        if (start == part_.size()) break;
        chain.push_back(start);
      }
      step(chain);
    }
    return sets_.groups(part_);
  }

 private:
  float& at(std::size_t i, std::size_t j) { return similar_(static_cast<int>(i), static_cast<int>(j)); }

  void keep_apart(std::size_t a, std::size_t b) {
    const auto i = std::ranges::lower_bound(part_, a);
    const auto j = std::ranges::lower_bound(part_, b);
    if (i == part_.end() || j == part_.end() || *i != a || *j != b) return;
    const auto row = static_cast<std::size_t>(i - part_.begin());
    const auto column = static_cast<std::size_t>(j - part_.begin());
    at(row, column) = at(column, row) = kNever;
  }

  // Follows the chain to the nearest neighbour; two that are each other's are joined. What has nobody near
  // enough is done: joining others brings nobody nearer.
  void step(std::vector<std::size_t>& chain) {
    const std::size_t tip = chain.back();
    const std::optional<std::size_t> before =
        chain.size() > 1 ? std::optional(chain[chain.size() - 2]) : std::nullopt;
    std::size_t nearest = before.value_or(tip);  // of equals, the one before: the chain must end
    for (std::size_t j = 0; j < part_.size(); ++j) {
      if (size_[j] > 0 && at(tip, j) > at(tip, nearest)) nearest = j;
    }
    if (at(tip, nearest) < threshold_) {
      size_[tip] = 0;
      chain.pop_back();
    } else if (nearest == before) {
      join(tip, nearest);
      chain.resize(chain.size() - 2);
    } else {
      chain.push_back(nearest);
    }
  }

  void join(std::size_t from, std::size_t to) {
    sets_.join(from, to);
    const auto a = static_cast<float>(size_[from]);
    const auto b = static_cast<float>(size_[to]);
    for (std::size_t j = 0; j < part_.size(); ++j) {
      if (size_[j] == 0 || j == from || j == to) continue;
      at(to, j) = at(j, to) = (a * at(from, j) + b * at(to, j)) / (a + b);
    }
    size_[to] += size_[from];
    size_[from] = 0;
  }

  Group part_;  // ascending
  float threshold_;
  std::vector<std::size_t> size_;  // of the group that a row stands for; 0: no row any more, or done
  Sets sets_;
  cv::Mat1f similar_;  // mean over all pairs of two groups
};

// The group whose members a poor face resembles most, if enough.
std::optional<std::size_t> host(const Embedding& face, std::span<const cv::Mat1f> centres, float threshold) {
  const cv::Mat1f row(1, static_cast<int>(face.size()), const_cast<float*>(face.data()));
  std::optional<std::size_t> best;
  double most = threshold;
  for (std::size_t g = 0; g < centres.size(); ++g) {
    if (centres[g].empty()) continue;
    const double mean = row.dot(centres[g]);
    if (mean < most) continue;
    most = mean;
    best = g;
  }
  return best;
}

bool beside(const Group& group, std::size_t face, const ClusterOptions& options) {
  return std::ranges::any_of(
      group, [&](std::size_t other) { return options.apart.contains(std::minmax(face, other)); });
}

// Each joins as it is, in the light of the good faces only; none changes what a group is.
void add_poor(std::span<const Embedding> faces, const Group& poor, const ClusterOptions& options,
              std::vector<Group>& groups) {
  std::vector<cv::Mat1f> centres;
  for (const Group& group : groups) {
    cv::Mat1f mean;  // none of a face alone: with a poor one, that would not be two
    if (group.size() > 1) cv::reduce(matrix_of(faces, group), mean, 0, cv::REDUCE_AVG);
    centres.push_back(mean);
  }
  for (const std::size_t face : poor) {
    const auto group = host(faces[face], centres, options.threshold);
    if (group && !beside(groups[*group], face, options)) {
      groups[*group].push_back(face);
    } else {
      groups.push_back({face});
    }
  }
}

}  // namespace

std::vector<Group> cluster(std::span<const Embedding> faces, std::span<const float> qualities,
                           const ClusterOptions& options) {
  Group good;
  Group poor;
  for (std::size_t i = 0; i < faces.size(); ++i)
    (qualities[i] >= options.min_quality ? good : poor).push_back(i);
  std::vector<Group> groups;
  if (!good.empty()) {
    for (Group& part : connected_parts(faces, good, options.threshold)) {
      if (part.size() == 1) {
        groups.push_back(std::move(part));
        continue;
      }
      std::ranges::move(Linkage(faces, std::move(part), options).groups(), std::back_inserter(groups));
    }
  }
  add_poor(faces, poor, options, groups);
  for (Group& group : groups) std::ranges::sort(group);
  std::ranges::sort(groups, [](const Group& a, const Group& b) {
    return a.size() != b.size() ? a.size() > b.size() : a.front() < b.front();
  });
  return groups;
}

}  // namespace kith

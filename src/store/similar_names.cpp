#include "store/similar_names.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/edit_distance.h"

namespace kith {
namespace {

constexpr std::size_t kMostSuggestions = 3;
constexpr std::size_t kHandful = 8;

std::string join(std::span<const std::string> names) {
  std::string result;
  for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

}  // namespace

std::string suggest(const std::string& wanted, std::span<const std::string> names) {
  std::vector<std::pair<std::size_t, std::string>> near;
  const std::size_t most = std::max<std::size_t>(1, letters(wanted).size() / 3);
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(wanted, name);
    if (distance <= most) near.emplace_back(distance, name);
  }
  std::ranges::sort(near);
  std::vector<std::string> best;
  for (std::size_t i = 0; i < std::min(near.size(), kMostSuggestions); ++i) best.push_back(near[i].second);
  if (!best.empty()) return " (did you mean " + join(best) + "?)";
  if (!names.empty() && names.size() <= kHandful) return " (known: " + join(names) + ")";
  return {};
}

}  // namespace kith

#include "store/similar_names.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kith {
namespace {

constexpr std::size_t kMostSuggestions = 3;
constexpr std::size_t kHandful = 8;

// The letters of UTF-8 text: a byte that does not continue a letter starts one.
std::vector<std::string> letters(const std::string& text) {
  std::vector<std::string> result;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (!continues || result.empty()) result.emplace_back();
    result.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

std::string join(std::span<const std::string> names) {
  std::string result;
  for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

}  // namespace

std::size_t edit_distance(const std::string& a, const std::string& b) {
  const std::vector<std::string> from = letters(a), to = letters(b);
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

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

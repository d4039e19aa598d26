#include "core/edit_distance.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/letters.h"

namespace kith {

std::vector<std::string> letters(const std::string& text) {
  std::vector<std::string> result;
  for (const char c : text) {
    if (begins_letter(c) || result.empty()) result.emplace_back();
    result.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

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

}  // namespace kith

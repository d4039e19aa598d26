#include "evaluate/interval.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace kith {
namespace {

constexpr double kNormal = 1.959964;  // 97.5 % of a normal distribution lie below

constexpr double kTail = 0.025;  // of the values, on either side

}  // namespace

Interval wilson(std::int64_t part, std::int64_t all) {
  const auto n = static_cast<double>(all);
  const double p = static_cast<double>(part) / n;
  const double z2 = kNormal * kNormal;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kNormal * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {part == 0 ? 0 : std::max(0.0, middle - half), part == all ? 1 : std::min(1.0, middle + half)};
}

Interval poisson(std::int64_t count) {
  const auto bound = [](double n, double z) {
    return n > 0 ? n * std::pow(std::max(0.0, 1 - 1 / (9 * n) + z / (3 * std::sqrt(n))), 3) : 0;
  };
  const auto n = static_cast<double>(count);
  return {bound(n, -kNormal), bound(n + 1, kNormal)};
}

Interval middle(std::vector<double> values) {
  std::ranges::sort(values);
  const auto tail = static_cast<std::size_t>(kTail * static_cast<double>(values.size()));
  return {values[tail], values[values.size() - 1 - tail]};
}

std::vector<std::size_t> Redraw::operator()(std::size_t n) {
  std::vector<std::size_t> drawn(n);
  for (std::size_t& i : drawn) i = random_() % n;
  return drawn;
}

nlohmann::ordered_json to_json(const std::optional<Interval>& interval) {
  return interval ? nlohmann::ordered_json{interval->low, interval->high} : nlohmann::ordered_json();
}

}  // namespace kith

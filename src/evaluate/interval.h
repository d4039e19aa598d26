// How uncertain a counted figure is: intervals that hold its true value in 95 % of cases.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <random>
#include <vector>

namespace kith {

struct Interval {
  double low = 0, high = 0;
};

/// Of the share part / all, where each of `all` is by itself (Wilson, JASA 22, 1927). @param all  > 0.
Interval wilson(std::int64_t part, std::int64_t all);
/// Of the number expected where `count` was seen, each by itself (Byar's approximation to Poisson's: Breslow
/// and Day, Statistical Methods in Cancer Research II, 1987).
Interval poisson(std::int64_t count);

/// The middle 95 % of a figure's values, when the data are drawn anew kRedraws times (percentile bootstrap).
/// @param values  not empty.
Interval middle(std::vector<double> values);
constexpr int kRedraws = 200;

/// Draws data anew, the same ones in every run and on every machine (std's distributions differ from library
/// to library).
class Redraw {
 public:
  /// Which of n are drawn: n numbers below n, some of them several times.
  std::vector<std::size_t> operator()(std::size_t n);

 private:
  std::mt19937 random_{1};
};

/// [low, high], null for none.
nlohmann::ordered_json to_json(const std::optional<Interval>& interval);

}  // namespace kith

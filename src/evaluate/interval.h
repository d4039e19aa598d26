// How uncertain a counted figure is: intervals that hold its true value in 95 % of cases. A figure without an error, or
// without a hit, is never certain: no interval here has no width.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <random>
#include <span>
#include <vector>

namespace kith {

struct Interval {
  double low = 0, high = 0;
};

/// Of the share part / all, where each of `all` is independent (Wilson, JASA 22, 1927). @param all  > 0.
Interval wilson(std::int64_t part, std::int64_t all);
/// The same for a share, [0, 1], of as many independent trials as that: also not a whole number of them. @param trials  > 0.
Interval wilson_share(double share, double trials);
/// Of the number expected where `count` was seen, each independent (Byar's approximation to Poisson's: Breslow and Day,
/// Statistical Methods in Cancer Research II, 1987).
Interval poisson(std::int64_t count);

/// The middle 95 % of a figure's values, when the data are drawn anew kRedraws times (percentile bootstrap). Has no width
/// where the data hold no error: for shares use one of those below.
/// @param values  not empty.
Interval middle(std::vector<double> values);
constexpr int kRedraws = 200;

/// False where all values were the same: nothing can be told from them.
bool has_width(const Interval& interval);
/// Both together: from the lower low to the higher high.
Interval wider(const Interval& a, const Interval& b);
/// What drawing anew gives for a share, but where it gives no width, as with no error at all, Wilson's.
Interval share_interval(const std::vector<double>& values, double share, double trials);

/// What one subject (a person, a picture) has shown. Faces of one subject are not independent, subjects are.
struct SubjectCount {
  std::int64_t faces = 0, hits = 0;
};
/// Share of hits over all faces, nothing without faces, and its interval by drawing subjects anew (share_interval with as
/// many trials as subjects with a face).
struct SubjectShare {
  std::optional<double> share;
  Interval interval{0, 1};
};
SubjectShare share_by_subject(std::span<const SubjectCount> subjects);

/// How many independent trials a rate needs, so that one of them is not already more than the rate: 1 / rate.
std::int64_t trials_to_show(double rate);

/// Draws data anew, the same ones in every run and on every machine (std's distributions differ from library to library).
class Redraw {
 public:
  /// Which of n are drawn: n numbers below n, some of them several times.
  std::vector<std::size_t> operator()(std::size_t n);

 private:
  std::mt19937 random_{1};
};

/// [low, high], rounded, null for none.
nlohmann::ordered_json to_json(const std::optional<Interval>& interval);

}  // namespace kith

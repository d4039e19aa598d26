#include "evaluate/interval.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/rounding.h"

namespace kith {
namespace {

constexpr double kNormal = 1.959964;  // 97.5 % of a normal distribution lie below
constexpr double kTail = 0.025;       // of the values, on either side
constexpr double kNoWidth = 1e-9;

double share_of(const SubjectCount& count) {
  return static_cast<double>(count.hits) / static_cast<double>(count.faces);
}

}  // namespace

Interval wilson(std::int64_t part, std::int64_t all) {
  return wilson_share(static_cast<double>(part) / static_cast<double>(all), static_cast<double>(all));
}

Interval wilson_share(double share, double trials) {
  const double z2 = kNormal * kNormal;
  const double middle = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const double half =
      kNormal * std::sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials);
  return {share <= 0 ? 0 : std::max(0.0, middle - half), share >= 1 ? 1 : std::min(1.0, middle + half)};
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

bool has_width(const Interval& interval) { return interval.high - interval.low > kNoWidth; }

Interval wider(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

Interval share_interval(const std::vector<double>& values, double share, double trials) {
  const Interval counted = wilson_share(std::clamp(share, 0.0, 1.0), trials);
  if (values.empty()) return counted;
  const Interval drawn = middle(values);
  return has_width(drawn) ? drawn : wider(drawn, counted);
}

SubjectShare share_by_subject(std::span<const SubjectCount> subjects) {
  std::vector<SubjectCount> asked;
  std::ranges::copy_if(subjects, std::back_inserter(asked),
                       [](const SubjectCount& c) { return c.faces > 0; });
  if (asked.empty()) return {};
  const auto sum = [&](const auto& indexes) {
    SubjectCount all;
    for (const std::size_t i : indexes) all = {all.faces + asked[i].faces, all.hits + asked[i].hits};
    return all;
  };
  SubjectCount all;
  for (const SubjectCount& c : asked) all = {all.faces + c.faces, all.hits + c.hits};
  Redraw redraw;
  std::vector<double> shares;
  for (int r = 0; r < kRedraws; ++r) shares.push_back(share_of(sum(redraw(asked.size()))));
  return {share_of(all), share_interval(shares, share_of(all), static_cast<double>(asked.size()))};
}

std::int64_t trials_to_show(double rate) { return static_cast<std::int64_t>(std::ceil(1 / rate - 1e-9)); }

std::vector<std::size_t> Redraw::operator()(std::size_t n) {
  std::vector<std::size_t> drawn(n);
  for (std::size_t& i : drawn) i = random_() % n;
  return drawn;
}

nlohmann::ordered_json to_json(const std::optional<Interval>& interval) {
  return interval ? nlohmann::ordered_json{rounded_figure(interval->low), rounded_figure(interval->high)}
                  : nlohmann::ordered_json();
}

}  // namespace kith

#include "evaluate/roc_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "page/svg_chart.h"

namespace kith {
namespace {

constexpr int kLowestPower = -4;  // of the axis: FAR 1e-4

// Where a rate lies on its axis, 0 to 1.
double place_of_far(double far, double lowest) {
  return 1 - std::log10(std::max(far, lowest)) / std::log10(lowest);
}

double place_of_tar(double tar, double lowest) { return (std::max(tar, lowest) - lowest) / (1 - lowest); }

// The axis ends where the data do: at the power of ten below one false accept.
int lowest_power(std::span<const RocPoint> curve) {
  const auto first = std::ranges::find_if(curve, [](const RocPoint& point) { return point.far > 0; });
  const double one = first == curve.end() ? 1 : first->far;
  return std::clamp(static_cast<int>(std::floor(std::log10(one))), kLowestPower, -1);
}

}  // namespace

std::string roc_svg(std::span<const RocPoint> curve) {
  const int lowest = lowest_power(curve);
  const double lowest_far = std::pow(10.0, lowest);
  // Good embedders live in the last percents: the axis starts below the curve's leftmost TAR, at 0, .5, .9 or .95.
  double tar = 1;
  for (const RocPoint& point : curve) {
    if (point.far <= lowest_far) tar = point.tar;
  }
  const double lowest_tar = tar > 0.955 ? 0.95 : tar > 0.91 ? 0.9 : tar > 0.55 ? 0.5 : 0;
  SvgChart chart("ROC curve", 640, 400);
  for (int power = lowest; power <= 0; ++power) {
    const double far = std::pow(10.0, power);
    chart.line_x(place_of_far(far, lowest_far), fmt::format("{:g}", far));
  }
  for (int i = 0; i <= 5; ++i)
    chart.line_y(i / 5.0, fmt::format("{:.3g}", lowest_tar + i * (1 - lowest_tar) / 5));
  std::vector<std::pair<double, double>> places;
  for (const RocPoint& point : curve)
    places.emplace_back(place_of_far(point.far, lowest_far), place_of_tar(point.tar, lowest_tar));
  chart.curve(places);
  chart.titles("false accept rate", "true accept rate");
  return chart.str();
}

}  // namespace kith

#include "app/roc_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace kith {
namespace {

constexpr double kLeft = 60;
constexpr double kTop = 15;
constexpr double kWidth = 560;
constexpr double kHeight = 340;
constexpr double kLowestFar = 1e-4;

struct Axes {
  double lowest_tar;
  double x(double far) const {
    return kLeft + kWidth * (1 - std::log10(std::max(far, kLowestFar)) / std::log10(kLowestFar));
  }
  double y(double tar) const {
    return kTop + kHeight * (1 - (std::max(tar, lowest_tar) - lowest_tar) / (1 - lowest_tar));
  }
};

template <typename... Values>
std::string print(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string grid(const Axes& axes) {
  std::string svg;
  for (int power = -4; power <= 0; ++power) {
    const double x = axes.x(std::pow(10.0, power));
    svg += print("<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='currentColor' opacity='.2'/>", x,
                 kTop, x, kTop + kHeight);
    svg += print("<text x='%.1f' y='%.1f' text-anchor='middle'>%g</text>\n", x, kTop + kHeight + 18,
                 std::pow(10.0, power));
  }
  for (int i = 0; i <= 5; ++i) {
    const double tar = axes.lowest_tar + i * (1 - axes.lowest_tar) / 5;
    const double y = axes.y(tar);
    svg += print("<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='currentColor' opacity='.2'/>", kLeft,
                 y, kLeft + kWidth, y);
    svg += print("<text x='%.1f' y='%.1f' text-anchor='end'>%.3g</text>\n", kLeft - 6, y + 4, tar);
  }
  return svg;
}

}  // namespace

std::string roc_svg(std::span<const RocPoint> curve) {
  // Good embedders live in the last percents: the axis starts below the curve's TAR at FAR 1e-4, at 0, .5, .9
  // or .95.
  double tar = 1;
  for (const RocPoint& point : curve) {
    if (point.far <= kLowestFar) tar = point.tar;
  }
  const Axes axes{tar > 0.955 ? 0.95 : tar > 0.91 ? 0.9 : tar > 0.55 ? 0.5 : 0};
  std::string svg = "<svg viewBox='0 0 640 400' width='640' role='img' aria-label='ROC curve'>\n" +
                    grid(axes) + "<polyline fill='none' stroke='#3a7bd5' stroke-width='2' points='";
  // A staircase of thousands of corners: those that fall on one tenth of a pixel are left out.
  std::string last;
  for (const RocPoint& point : curve) {
    const std::string corner = print("%.1f,%.1f ", axes.x(point.far), axes.y(point.tar));
    if (corner != last) svg += corner;
    last = corner;
  }
  svg += "'/>\n";
  svg += print("<text x='%.1f' y='%.1f' text-anchor='middle'>false accept rate</text>", kLeft + kWidth / 2,
               kTop + kHeight + 38);
  svg += print(
      "<text transform='translate(14 %.1f) rotate(-90)' text-anchor='middle'>true accept "
      "rate</text>\n</svg>\n",
      kTop + kHeight / 2);
  return svg;
}

}  // namespace kith

#include "page/svg_chart.h"

#include <fmt/format.h>

#include "page/html.h"

namespace kith {
namespace {

constexpr double kLeft = 60;
constexpr double kRight = 20;
constexpr double kTop = 15;
constexpr double kBottom = 45;
constexpr int kSteps = 5;
constexpr std::string_view kColour = "#3a7bd5";

}  // namespace

SvgChart::SvgChart(std::string_view label, double width, double height)
    : width_(width - kLeft - kRight), height_(height - kTop - kBottom) {
  body_ = fmt::format("<svg viewBox='0 0 {0} {1}' width='{0}' role='img' aria-label='{2}'>\n", width, height,
                      html_text(label));
}

double SvgChart::x(double value) const { return kLeft + width_ * value; }

double SvgChart::y(double value) const { return kTop + height_ * (1 - value); }

void SvgChart::grid_x() {
  for (int i = 0; i <= kSteps; ++i) {
    const double v = static_cast<double>(i) / kSteps;
    line_x(v, fmt::format("{:.1f}", v));
  }
}

void SvgChart::grid_y() {
  for (int i = 0; i <= kSteps; ++i) {
    const double v = static_cast<double>(i) / kSteps;
    line_y(v, fmt::format("{:.1f}", v));
  }
}

void SvgChart::line_x(double value, std::string_view text) {
  add(fmt::format(
      "<line x1='{0:.1f}' y1='{1:.1f}' x2='{0:.1f}' y2='{2:.1f}' stroke='currentColor' opacity='.2'/>",
      x(value), y(0), y(1)));
  label_x(value, text);
}

void SvgChart::line_y(double value, std::string_view text) {
  add(fmt::format(
      "<line x1='{1:.1f}' y1='{0:.1f}' x2='{2:.1f}' y2='{0:.1f}' stroke='currentColor' opacity='.2'/>"
      "<text x='{3:.1f}' y='{4:.1f}' text-anchor='end'>{5}</text>\n",
      y(value), x(0), x(1), x(0) - 6, y(value) + 4, html_text(text)));
}

void SvgChart::label_x(double value, std::string_view text) {
  add(fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='middle'>{}</text>\n", x(value), y(0) + 18,
                  html_text(text)));
}

void SvgChart::curve(std::span<const std::pair<double, double>> points) {
  std::string corners, last;
  for (const auto& [px, py] : points) {
    const std::string corner = fmt::format("{:.1f},{:.1f} ", x(px), y(py));
    if (corner != last) corners += corner;
    last = corner;
  }
  add("<polyline fill='none' stroke='" + std::string(kColour) + "' stroke-width='2' points='" + corners +
      "'/>\n");
}

void SvgChart::dot(double at, double value, bool hollow) {
  add(fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3.5' stroke='{}' fill='{}'/>\n", x(at), y(value),
                  kColour, hollow ? "none" : kColour));
}

void SvgChart::interval(double at, double low, double high) {
  add(
      fmt::format("<line x1='{0:.1f}' y1='{1:.1f}' x2='{0:.1f}' y2='{2:.1f}' stroke='currentColor' "
                  "stroke-width='1.5'/>\n",
                  x(at), y(low), y(high)));
}

void SvgChart::bar(double middle, double width, double value) {
  add(fmt::format("<rect x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' fill='{}'/>\n",
                  x(middle - width / 2), y(value), x(width) - x(0), y(0) - y(value), kColour));
}

void SvgChart::diagonal() {
  add(
      fmt::format("<line x1='{:.1f}' y1='{:.1f}' x2='{:.1f}' y2='{:.1f}' stroke='currentColor' "
                  "stroke-dasharray='4'/>\n",
                  x(0), y(0), x(1), y(1)));
}

void SvgChart::text(double at, double value, std::string_view words) {
  add(fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='middle'>{}</text>\n", x(at), y(value),
                  html_text(words)));
}

void SvgChart::titles(std::string_view x_title, std::string_view y_title) {
  add(fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='middle'>{}</text>\n", x(0.5), y(0) + 38,
                  html_text(x_title)));
  add(fmt::format("<text transform='translate(14 {:.1f}) rotate(-90)' text-anchor='middle'>{}</text>\n",
                  y(0.5), html_text(y_title)));
}

}  // namespace kith

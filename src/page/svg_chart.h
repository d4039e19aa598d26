// Axes for the drawings on our pages.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace kith {

/// A rectangle that shows x and y from 0 to 1, y upwards, with space for labels on the left and below.
class SvgChart {
 public:
  /// @param label  what the drawing is, for those who do not see it; plain text.
  SvgChart(std::string_view label, double width, double height);
  double x(double value) const;
  double y(double value) const;
  /// Lines at 0, 0.2, ... 1, with those numbers beside them.
  void grid_x();
  void grid_y();
  /// One of those lines, anywhere and with any words.
  void line_x(double value, std::string_view text);
  void line_y(double value, std::string_view text);
  void label_x(double value, std::string_view text);
  /// Through these points, x and y. Of corners that fall on one tenth of a pixel, as thousands do, one is
  /// drawn.
  void curve(std::span<const std::pair<double, double>> points);
  /// Words below and beside the axes.
  void titles(std::string_view x, std::string_view y);
  /// Anything else, in the drawing's px: x(), y().
  void add(std::string_view svg) { body_ += svg; }
  std::string str() const { return body_ + "</svg>\n"; }

 private:
  double width_, height_;
  std::string body_;
};

}  // namespace kith

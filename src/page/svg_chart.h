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
  /// A dot, and a line from low to high above `x`: a figure and its interval. Hollow for one that little stands behind.
  void dot(double x, double y, bool hollow = false);
  void interval(double x, double low, double high);
  /// From the x axis up to y. @param width  of the drawing's x.
  void bar(double middle, double width, double y);
  /// From one corner to the other.
  void diagonal();
  /// Words at a place.
  void text(double x, double y, std::string_view words);
  /// Words below and beside the axes.
  void titles(std::string_view x, std::string_view y);
  std::string str() const { return body_ + "</svg>\n"; }

 private:
  double x(double value) const;  // px
  double y(double value) const;
  void add(std::string_view svg) { body_ += svg; }

  double width_, height_;
  std::string body_;
};

}  // namespace kith

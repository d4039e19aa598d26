#include "face/similarity_fit.h"

namespace kith {
namespace {

cv::Point2d mean(const Landmarks5& points) {
  cv::Point2d sum;
  for (const cv::Point2f& p : points) sum += cv::Point2d(p);
  return sum / static_cast<double>(points.size());
}

}  // namespace

// As complex numbers: minimise sum |z (f - mean f) - (t - mean t)|^2; then z = sum conj(f) t / sum |f|^2.
cv::Matx23d similarity_fit(const Landmarks5& from, const Landmarks5& to) {
  const cv::Point2d from_mean = mean(from);
  const cv::Point2d to_mean = mean(to);
  double a = 0;
  double b = 0;
  double power = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const cv::Point2d f = cv::Point2d(from[i]) - from_mean;
    const cv::Point2d t = cv::Point2d(to[i]) - to_mean;
    a += f.dot(t);
    b += f.cross(t);
    power += f.dot(f);
  }
  a = power > 0 ? a / power : 1;
  b = power > 0 ? b / power : 0;
  return {a, -b, to_mean.x - a * from_mean.x + b * from_mean.y,  //
          b, a,  to_mean.y - b * from_mean.x - a * from_mean.y};
}

}  // namespace kith

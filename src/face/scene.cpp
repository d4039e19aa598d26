#include "face/scene.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace kith {
namespace {

// Below this the scenes of two successive frames have nothing in common: pans and zooms stay above 0.7,
// measured on samples/gallery.mp4; cuts between shots of one room lie around 0.2.
constexpr double kSameScene = 0.5;

// Every so many rows are enough: a scene's row is the mean of at least ten.
constexpr int kRows = 180;

// Normalised correlation; 1 for the same scene, near 0 for unrelated ones.
double correlation(const cv::Mat& a, const cv::Mat& b) {
  const cv::Mat da = a - cv::mean(a)[0];
  const cv::Mat db = b - cv::mean(b)[0];
  const double scale = cv::norm(da) * cv::norm(db);
  return scale > 1e-6 ? da.dot(db) / scale : 1.0;
}

}  // namespace

Scene scene_of(const cv::Mat& image) {
  const int every = std::max(1, image.rows / kRows);
  const cv::Mat rows(image.rows / every, image.cols, image.type(), image.data,
                     image.step * static_cast<std::size_t>(every));
  cv::Mat small;
  cv::Mat grey;
  cv::resize(rows, small, {32, 18}, 0, 0, cv::INTER_AREA);
  cv::cvtColor(small, grey, cv::COLOR_BGR2GRAY);
  grey.convertTo(grey, CV_32F);
  return {grey, image.size()};
}

bool same_scene(const Scene& a, const Scene& b) {
  return !a.small.empty() && a.size == b.size && correlation(a.small, b.small) >= kSameScene;
}

}  // namespace kith

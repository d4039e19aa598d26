// Scene: whether two successive frames show the same one, or a cut lies between them.
#pragma once

#include <opencv2/core.hpp>

namespace kith {

/// A picture so small that only a change of scene alters it much: CV_32FC1. @param image  CV_8UC3, not empty.
cv::Mat scene_of(const cv::Mat& image);

/// By the correlation of two scenes. @return false where either is empty.
bool same_scene(const cv::Mat& a, const cv::Mat& b);

}  // namespace kith

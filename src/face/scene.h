// Scene: whether two successive frames show the same one, or a cut lies between them.
#pragma once

#include <opencv2/core.hpp>

namespace kith {

/// A frame so small that only a change of scene alters it much.
struct Scene {
  cv::Mat small;  // CV_32FC1; empty: nothing has been seen
  cv::Size size;  // of the frame
};

/// @param image  CV_8UC3, not empty.
Scene scene_of(const cv::Mat& image);

/// By the correlation of two scenes. @return false where either is empty, and where the frames' sizes differ: places in
/// one then say nothing of the other.
bool same_scene(const Scene& a, const Scene& b);

}  // namespace kith

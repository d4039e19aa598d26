#include <kith/quality.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace kith {
namespace {

// A face of 112 px fills the usual chip; one of 16 px is a guess.
float size_factor(const cv::Rect2f& box) {
  constexpr float kPoor = 16.0F;
  constexpr float kFull = 112.0F;
  return std::clamp((std::min(box.width, box.height) - kPoor) / (kFull - kPoor), 0.02F, 1.0F);
}

// Where the nose tip lies between eyes and mouth tells the pose. Along the line between the eyes, in eye
// distances from their middle: 0 from the front, about 0.5 in half profile. Down towards the mouth, as a
// share of the way: 0.48 from the front, 0.75 and more with the head bowed, when an embedding says little
// (measured on clips of one person looking up).
float frontal_factor(const Landmarks5& p) {
  constexpr float kLevel = 0.48F;
  const cv::Point2f middle = (p[0] + p[1]) * 0.5F;
  const cv::Point2f across = p[1] - p[0];
  const cv::Point2f down = (p[3] + p[4]) * 0.5F - middle;
  if (across.dot(across) <= 0 || down.dot(down) <= 0) return 0.01F;
  const cv::Point2f nose = p[2] - middle;
  const float turn = std::abs(nose.dot(across)) / across.dot(across);
  const float nod = std::abs(nose.dot(down) / down.dot(down) - kLevel);
  return std::clamp(1.0F - turn / 0.6F, 0.1F, 1.0F) * std::clamp(1.0F - nod / 0.3F, 0.05F, 1.0F);
}

// The variance of the Laplacian (Pech-Pacheco et al. 2000); half a point at 60, found on sample chips blurred
// step by step.
float sharpness_factor(const Chip& chip) {
  constexpr double kHalf = 60.0;
  cv::Mat grey;
  cv::cvtColor(chip, grey, cv::COLOR_BGR2GRAY);
  cv::Mat edges;
  cv::Laplacian(grey, edges, CV_16S);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(edges, mean, deviation);
  const double variance = deviation[0] * deviation[0];
  return static_cast<float>(variance / (variance + kHalf));
}

// Vectors of faces in full profile are half as long as strangers' photos have (0.45 to 0.55 with fr_feature),
// those of frontal faces of 30 px 0.7 to 0.85 (measured on the Friends clips; docs/accuracy.md).
float norm_factor(float norm) {
  constexpr float kNothing = 0.45F;
  constexpr float kFull = 0.85F;
  return std::clamp((norm - kNothing) / (kFull - kNothing), 0.02F, 1.0F);
}

}  // namespace

float quality(const Face& face, const Chip& chip, float norm) {
  return size_factor(face.box) * frontal_factor(face.landmarks) * sharpness_factor(chip) *
         std::clamp(face.score, 0.0F, 1.0F) * norm_factor(norm);
}

}  // namespace kith

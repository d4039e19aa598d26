// Degradation: what distance, bad optics, bad light and compression do to a face. One code for training (augmentation) and
// for evaluation.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>

namespace kith {

/// In the order in which it happens. 0 (1 for factors) leaves a step out. Pixels are those of the small picture, the one
/// that a camera would have taken, unless said otherwise.
struct Degradation {
  double occlude =
      0;              // share of the chip's side that a grey bar across the lower face hides (a mask), [0, 1)
  double dark = 1;    // light: the picture times this, (0, 1]
  double red = 1;     // colour cast: red times this, blue divided by it
  double px = 0;      // the face's height after shrinking, px; 0: not shrunk
  double blur = 0;    // focus: deviation of a Gaussian, px
  double motion = 0;  // length of a straight smear, px
  double motion_turn = 0;  // its direction, degrees
  double noise = 0;        // deviation of Gaussian noise a channel, grey levels
  int jpeg = 0;            // quality of compression after all that, 1..100
  // Chips only: how wrong the five points were, so how far the chip lies beside the face. Chip px, degrees, factor.
  double shift_x = 0, shift_y = 0, turn = 0, zoom = 1;
};

/// "px=24,blur=1.2,jpeg=40": the names above, each at most once.
/// @throws Error kInvalidArgument naming what is wrong and what there is.
Degradation parse_degradation(const std::string& text);
/// The same text back; "" for none.
std::string to_string(const Degradation& degradation);

/// The height of the face in a 112 px chip of the ArcFace template, px: about what MTCNN's boxes have there
/// (docs/training.md).
inline constexpr double kChipFaceHeight = 107;

/// A whole picture; it is smaller afterwards when px is set. @param face_height  of the face that px speaks of, px.
/// @param seed  of the noise. @return CV_8UC3.
cv::Mat degrade_picture(const cv::Mat& picture, double face_height, const Degradation& degradation,
                        std::uint64_t seed);

/// An aligned chip: degraded, then enlarged again to its own size with bilinear interpolation, as align() does (face/warp.cpp).
/// @return CV_8UC3 of the chip's size.
cv::Mat degrade_chip(const cv::Mat& chip, const Degradation& degradation, std::uint64_t seed);

/// What training teaches: sizes from `least_px` to 80 px, log-uniform; the other steps each in some pictures; points that are
/// the worse the smaller the face. @return the same for the same seed.
Degradation random_degradation(std::uint64_t seed, double least_px);

}  // namespace kith

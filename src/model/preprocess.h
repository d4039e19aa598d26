// Pictures -> the numbers that a network's contract asks for.
#pragma once

#include <opencv2/core.hpp>
#include <span>
#include <vector>

#include "model/contract.h"

namespace kith::model {

/// Fills `out` with images.size() standardised pictures in the contract's channel order and layout.
/// @param images  CV_8UC3 BGR or CV_32FC3 BGR (0..255, not rounded), all of one size.
/// @return the tensor's shape, batch first.
std::vector<std::int64_t> to_tensor(std::span<const cv::Mat> images, const InputSpec& spec,
                                    std::vector<float>& out);

}  // namespace kith::model

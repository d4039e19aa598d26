// Self-test: does this network, on this machine, still return what its contract says?
#pragma once

#include <string>

#include "model/network.h"

namespace kith::model {

/// Smooth coloured noise that anyone can make: a grid of 8 px cells whose corners are bytes of the generator
/// x <- x * 1664525 + 1013904223 (Numerical Recipes; the byte is x >> 24), bilinear in between, channels B, G, R in turn.
cv::Mat self_test_image(std::uint32_t seed, cv::Size size);

/// Runs the network and fills in what a self-test must expect from now on. @param size  for graphs of any size, px.
SelfTest record_self_test(const Network& network, cv::Size size = {96, 96});

/// @throws Error kCorrupt when an output differs by more than the tolerance, or when the file has no self-test.
void check_self_test(const Network& network, const std::string& where);

}  // namespace kith::model

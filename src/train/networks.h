// networks: architectures to train from scratch, as graphs with fresh weights.
#pragma once

#include <string>

#include "train/graph.h"

namespace kith::train {

/// - mobilefacenet: Chen et al. 2018, arXiv:1804.07573, 112 px; the reference's table 1
/// - resnet18: He et al. 2015, arXiv:1512.03385, with PReLU and the head of ArcFace (Deng et al. 2018, arXiv:1801.07698), 112 px,
///   at half of its channels ("small")
/// - inception-resnet-v1: Szegedy et al. 2016, arXiv:1602.07261, as davidsandberg/facenet has it, 160 px
/// - tiny: four convolutions, for tests, 112 px
/// @param seed  of the weights: the same network for the same seed. @throws Error kInvalidArgument naming what there is.
Graph make_network(const std::string& name, int dimension, std::uint64_t seed);

}  // namespace kith::train

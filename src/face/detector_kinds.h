// One maker a kind of detector; a new kind is one file and one line in detector.cpp.
#pragma once

#include <kith/detector.h>

#include <memory>

#include "model/network.h"

namespace kith {

/// @throws Error kCorrupt when the network lacks a graph that the kind needs.
std::unique_ptr<Detector> make_mtcnn(std::shared_ptr<const model::Network> network,
                                     const DetectorOptions& options);
std::unique_ptr<Detector> make_scrfd(std::shared_ptr<const model::Network> network,
                                     const DetectorOptions& options);
std::unique_ptr<Detector> make_yunet(std::shared_ptr<const model::Network> network,
                                     const DetectorOptions& options);

}  // namespace kith

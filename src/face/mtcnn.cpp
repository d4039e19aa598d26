#include <kith/error.h>

#include "face/detector_kinds.h"

namespace kith {

std::unique_ptr<Detector> make_mtcnn(std::shared_ptr<const model::Network> network, const DetectorOptions&) {
  throw Error(ErrorCode::kUnsupported, network->contract().name + ": mtcnn is being built");
}

}  // namespace kith

#include <kith/error.h>

#include "face/detector_kinds.h"

namespace kith {

std::unique_ptr<Detector> make_scrfd(std::shared_ptr<const model::Network>, const DetectorOptions&) {
  throw Error(ErrorCode::kUnsupported, "scrfd: not yet");
}

}  // namespace kith

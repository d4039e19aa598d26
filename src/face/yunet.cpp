#include <kith/error.h>

#include "face/detector_kinds.h"

namespace kith {

std::unique_ptr<Detector> make_yunet(std::shared_ptr<const model::Network>, const DetectorOptions&) {
  throw Error(ErrorCode::kUnsupported, "yunet: not yet");
}

}  // namespace kith

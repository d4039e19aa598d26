#include "core/foreign_error.h"

#include <new>
#include <opencv2/core.hpp>

namespace kith {
namespace {
constexpr const char* kNoMemory = "not enough memory";
}

std::string describe(const std::exception& e) {
  if (dynamic_cast<const std::bad_alloc*>(&e) != nullptr) return kNoMemory;
  const auto* opencv = dynamic_cast<const cv::Exception*>(&e);
  if (opencv == nullptr) return e.what();
  return opencv->code == cv::Error::StsNoMem ? kNoMemory : "OpenCV: " + opencv->err;
}

}  // namespace kith

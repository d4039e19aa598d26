#include "core/foreign_error.h"

#include <new>
#include <opencv2/core.hpp>

namespace kith {
namespace {
constexpr const char* kNoMemory = "not enough memory";
}

std::string describe(const std::exception& e) {
  if (dynamic_cast<const std::bad_alloc*>(&e) != nullptr) return kNoMemory;
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&e))
    return file->path1().string() + ": " + file->code().message();
  const auto* opencv = dynamic_cast<const cv::Exception*>(&e);
  if (opencv == nullptr) return e.what();
  return opencv->code == cv::Error::StsNoMem ? kNoMemory : "OpenCV: " + opencv->err;
}

}  // namespace kith

// Runtime: where networks run. One per process; every Detector, LandmarkRefiner and Embedder shares it.
#pragma once

#include <kith/export.h>

#include <memory>
#include <string>

namespace kith {

struct RuntimeOptions {
  int threads = 0;             // CPU threads for the whole process, 0 = one per core
  std::string device = "cpu";  // cpu, cuda
};

/// Owns the thread pool that all networks share; idle threads sleep. Also sets OpenCV's thread count, and the environment
/// variables that keep ONNX Runtime from reporting to its makers: create the first one before other threads read the
/// environment, and before your own program uses ONNX Runtime.
/// Thread-safe; must outlive nothing: what uses it keeps it alive.
class KITH_EXPORT Runtime {
 public:
  /// @throws Error kInvalidArgument (threads < 0, unknown device), kUnsupported (the ONNX Runtime in use was built
  ///         without the device).
  static std::shared_ptr<Runtime> create(const RuntimeOptions& options = {});
  virtual ~Runtime() = default;
  virtual int threads() const = 0;
  virtual const std::string& device() const = 0;
};

}  // namespace kith

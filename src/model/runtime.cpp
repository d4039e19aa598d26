#include <kith/error.h>
#include <kith/runtime.h>
#include <onnxruntime_session_options_config_keys.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <opencv2/core/utility.hpp>
#include <thread>

#include "model/runtime_impl.h"

namespace kith {
namespace model {
namespace {

// Official builds of ONNX Runtime from 1.29 on tell Microsoft about the process, the machine and the
// networks, keep a device id and a file of unsent events in the user's cache, and a log in /tmp
// (microsoft/onnxruntime#27379; seen with strace). Nothing leaves this machine: the variable counts if it is
// there before the environment is, also for what the environment's creation itself would report. The second
// name is that of later versions (#29843).
void forbid_telemetry() {
  static std::once_flag done;
  std::call_once(done, [] {
    ::setenv("ORT_DISABLE_TELEMETRY", "1", 1);
    ::setenv("ORT_TELEMETRY_DISABLED", "1", 1);
  });
}

}  // namespace

Ort::Env make_env(int threads) {
  forbid_telemetry();
  Ort::ThreadingOptions threading;
  threading.SetGlobalIntraOpNumThreads(threads);
  threading.SetGlobalInterOpNumThreads(1);
  threading.SetGlobalSpinControl(0);  // idle threads sleep: a camera at the door must not heat the room
  Ort::Env env(threading, ORT_LOGGING_LEVEL_FATAL, "kith");  // errors arrive as exceptions
  env.DisableTelemetryEvents();                              // where there is no such variable
  return env;
}

OrtRuntime::OrtRuntime(const RuntimeOptions& options)
    : threads_(options.threads > 0 ? options.threads
                                   : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))),
      device_(options.device) {
  if (options.threads < 0)
    throw Error(ErrorCode::kInvalidArgument, "threads: must be 0 (one per core) or more");
  if (device_ != "cpu" && device_ != "cuda") {
    throw Error(ErrorCode::kInvalidArgument, "device \"" + device_ + "\" is not known: cpu or cuda");
  }
  cv::setNumThreads(threads_);
  env_ = make_env(threads_);
  if (device_ == "cuda") {
    const std::vector<std::string> providers = Ort::GetAvailableProviders();
    if (std::find(providers.begin(), providers.end(), "CUDAExecutionProvider") == providers.end()) {
      throw Error(ErrorCode::kUnsupported,
                  "device cuda: this ONNX Runtime was built without CUDA: use the cpu, or build Kith with "
                  "ONNXRUNTIME_ROOT pointing to a CUDA build of it");
    }
  }
}

Ort::Session OrtRuntime::open(const std::string& bytes, const std::string& where, Threads threads) const {
  try {
    Ort::SessionOptions options;
    if (threads == Threads::kShared) {
      options.DisablePerSessionThreads();
    } else {
      options.SetIntraOpNumThreads(1);  // no threads beside the caller's
    }
    options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
    if (device_ == "cuda") options.AppendExecutionProvider_CUDA(OrtCUDAProviderOptions{});
    return Ort::Session(env_, bytes.data(), bytes.size(), options);
  } catch (const Ort::Exception& e) {
    throw Error(ErrorCode::kCorrupt, where + ": the network cannot be loaded: " + e.what());
  }
}

}  // namespace model

std::shared_ptr<Runtime> Runtime::create(const RuntimeOptions& options) {
  return std::make_shared<model::OrtRuntime>(options);
}

}  // namespace kith

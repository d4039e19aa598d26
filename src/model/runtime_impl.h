// The runtime's insides, for network.cpp.
#pragma once

#include <kith/runtime.h>
#include <onnxruntime_cxx_api.h>

#include <string>

#include "model/network.h"

namespace kith::model {

/// ONNX Runtime's environment, of which a process has one: the only way to make it, because it is silenced
/// first.
/// @param threads  of the pool that sessions may share, >= 1.
Ort::Env make_env(int threads);

class OrtRuntime final : public Runtime {
 public:
  explicit OrtRuntime(const RuntimeOptions& options);
  int threads() const override { return threads_; }
  const std::string& device() const override { return device_; }
  Ort::Session open(const std::string& model_bytes, const std::string& where, Threads threads) const;

 private:
  int threads_;
  std::string device_;
  Ort::Env env_{nullptr};
};

}  // namespace kith::model

// TensorFlow Lite files: read, translated, and searched for one of MTCNN's networks.
#include <onnx/onnx_pb.h>

#include "fuzz.h"
#include "model/import/mtcnn.h"
#include "model/import/tflite.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file =
      fuzz::attempt([&] { return model::read_tflite(fuzz::to_string(data, size), "net.tflite"); });
  if (!file) return 0;
  fuzz::attempt([&] { return model::translate_tflite(*file); });
  fuzz::attempt([&] { return model::mtcnn_weights(*file); });
  return 0;
}

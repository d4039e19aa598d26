// numpy's files with a Python pickle inside.
#include "fuzz.h"
#include "model/import/mtcnn.h"
#include "model/import/npy.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::to_string(data, size);
  const auto weights = fuzz::attempt([&] { return model::read_npy_weights(bytes, "det1.npy"); });
  if (!weights) return 0;
  for (const auto& [name, array] : *weights) {
    fuzz::require(model::element_count(array.shape, name) == array.values.size(),
                  "as many values as the shape says");
  }
  fuzz::attempt([&] { return model::build_mtcnn({*weights, *weights, *weights}, "det1.npy"); });
  return 0;
}

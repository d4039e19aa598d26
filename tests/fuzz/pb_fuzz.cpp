// Frozen TensorFlow graphs.
#include "fuzz.h"
#include "model/import/frozen_graph.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::attempt([&] {
    return model::import_frozen_graph_bytes(fuzz::to_string(data, size), "20180402-114759.pb", {});
  });
  return 0;
}

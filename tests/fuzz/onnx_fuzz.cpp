// ONNX files: as Kith's own model file, and imported. ONNX Runtime, which runs them, is not fuzzed here.
#include <onnx/onnx_pb.h>

#include "fuzz.h"
#include "model/import/import.h"
#include "model/model_file.h"
#include "model/optimise.h"

using namespace kith;

namespace {

constexpr const char* kContract =
    R"({"role": "embedder", "kind": "embedding", "name": "fuzzed", "metric": "cosine",
  "input": {"size": [112, 112], "channels": "rgb", "layout": "nchw",
            "standardisation": {"kind": "fixed", "mean": 127.5, "scale": 0.0078125}},
  "chip": {"size": [112, 112], "kind": "box", "margin": 0}, "dimension": 128})";

// What loading a network does before ONNX Runtime sees it.
void prepare(const model::ModelFile& file) {
  for (const model::GraphSpec& graph : file.contract.graphs) {
    fuzz::attempt([&] {
      const auto part = model::parse_onnx(model::extract_graph(*file.proto, graph, "net.onnx"), "net.onnx");
      model::optimise(*part);
      return part;
    });
  }
}

void use(const std::optional<model::ModelFile>& file) {
  if (!file) return;
  prepare(*file);
  model::contract_json(file->contract);
  model::identity_of(*file->proto, file->contract);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::to_string(data, size);
  const auto proto = fuzz::attempt([&] { return model::parse_onnx(bytes, "net.onnx"); });
  if (!proto) return 0;
  const fuzz::InputFile file(bytes, ".onnx");
  use(fuzz::attempt([&] { return model::read_model(file.path()); }));
  // The same without the checksum, which the fuzzer cannot guess.
  for (const auto& entry : (*proto)->metadata_props()) {
    const auto contract = fuzz::attempt([&] { return model::parse_contract(entry.value(), "net.onnx"); });
    if (contract) use(model::ModelFile{*proto, *contract});
  }
  use(fuzz::attempt([&] { return model::import_sources({{"net.onnx", bytes}}, {}); }));
  use(fuzz::attempt([&] { return model::import_sources({{"net.onnx", bytes}}, {kContract, "net.json"}); }));
  model::optimise(**proto);
  return 0;
}

// The JSON in a model file's metadata, and the contract that people write for an import.
#include <onnx/onnx_pb.h>

#include "fuzz.h"
#include "model/contract.h"
#include "model/import/recognise.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::to_string(data, size);
  fuzz::attempt([&] { return model::parse_self_test(text, "net.onnx"); });
  fuzz::attempt([&] { return model::parse_calibrations(text, "net.onnx"); });
  fuzz::attempt([&] { return model::parse_chip_geometry(text, "chips.json"); });
  fuzz::attempt([&] { return model::complete_contract(text, onnx::ModelProto(), "net.json"); });
  const auto contract = fuzz::attempt([&] { return model::parse_contract(text, "net.onnx"); });
  if (!contract) return 0;
  const std::string json = model::contract_json(*contract);
  fuzz::require(model::contract_json(model::parse_contract(json, "net.onnx")) == json,
                "a contract is read back as it was written");
  return 0;
}

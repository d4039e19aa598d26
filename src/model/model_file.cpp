#include "model/model_file.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>

#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "core/checksum.h"
#include "core/files.h"

namespace kith::model {
namespace {
namespace fs = std::filesystem;

constexpr const char* kContractKey = "kith.contract";
constexpr const char* kIdentityKey = "kith.identity";
constexpr const char* kSelfTestKey = "kith.self_test";
constexpr const char* kCalibrationsKey = "kith.calibrations";

const std::string* find_metadata(const onnx::ModelProto& proto, const std::string& key) {
  for (const auto& entry : proto.metadata_props()) {
    if (entry.key() == key) return &entry.value();
  }
  return nullptr;
}

void set_metadata(onnx::ModelProto& proto, const std::string& key, const std::string& value) {
  for (auto& entry : *proto.mutable_metadata_props()) {
    if (entry.key() == key) return entry.set_value(value);
  }
  auto* entry = proto.add_metadata_props();
  entry->set_key(key);
  entry->set_value(value);
}

}  // namespace

std::shared_ptr<onnx::ModelProto> parse_onnx(const std::string& bytes, const std::string& where) {
  auto proto = std::make_shared<onnx::ModelProto>();
  const bool fits = bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (!fits || !proto->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !proto->has_graph() ||
      proto->graph().node_size() == 0) {
    throw Error(ErrorCode::kCorrupt,
                where + ": not an ONNX model, or a damaged one: download or import it again");
  }
  return proto;
}

ModelFile read_model(const fs::path& path) {
  const std::string where = path.string();
  ModelFile file{parse_onnx(read_file(path), where), {}};
  const std::string* contract = find_metadata(*file.proto, kContractKey);
  if (contract == nullptr) {
    throw Error(ErrorCode::kCorrupt, where + ": has no contract, so its preprocessing is unknown");
  }
  file.contract = parse_contract(*contract, where);
  const std::string* identity = find_metadata(*file.proto, kIdentityKey);
  file.contract.identity = identity_of(*file.proto, file.contract);
  if (identity == nullptr || *identity != file.contract.identity) {
    throw Error(ErrorCode::kCorrupt,
                where + ": damaged: its contents do not match its identity. Install or import it again");
  }
  if (const std::string* text = find_metadata(*file.proto, kSelfTestKey))
    file.contract.self_test = parse_self_test(*text, where);
  if (const std::string* text = find_metadata(*file.proto, kCalibrationsKey)) {
    file.contract.calibrations = parse_calibrations(*text, where);
  }
  return file;
}

void write_model(const fs::path& path, ModelFile& file) {
  Contract& contract = file.contract;
  contract.identity = identity_of(*file.proto, contract);
  set_metadata(*file.proto, kContractKey, contract_json(contract));
  set_metadata(*file.proto, kIdentityKey, contract.identity);
  set_metadata(*file.proto, kSelfTestKey, self_test_json(contract.self_test));
  set_metadata(*file.proto, kCalibrationsKey, calibrations_json(contract.calibrations));
  write_file(path, file.proto->SerializeAsString());
}

std::string identity_of(const onnx::ModelProto& proto, const Contract& contract) {
  std::string content = proto.graph().SerializeAsString();
  for (const auto& opset : proto.opset_import())
    content += opset.domain() + ' ' + std::to_string(opset.version()) + '\n';
  content += preprocessing_json(contract);
  return sha256_hex(content);
}

std::string extract_graph(const onnx::ModelProto& proto, const GraphSpec& spec, const std::string& where) {
  const onnx::GraphProto& graph = proto.graph();
  std::unordered_map<std::string, int> producer;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& output : graph.node(i).output()) producer.emplace(output, i);
  }
  std::unordered_set<std::string> initializers;
  for (const auto& initializer : graph.initializer()) initializers.insert(initializer.name());

  std::unordered_set<std::string> needed;
  std::vector<std::string> open(spec.outputs.begin(), spec.outputs.end());
  std::vector<bool> keep(static_cast<std::size_t>(graph.node_size()));
  while (!open.empty()) {
    const std::string tensor = std::move(open.back());
    open.pop_back();
    if (tensor.empty() || tensor == spec.input || !needed.insert(tensor).second ||
        initializers.contains(tensor))
      continue;
    const auto found = producer.find(tensor);
    if (found == producer.end()) {
      throw Error(ErrorCode::kCorrupt,
                  where + ": contract: \"" + tensor + "\" cannot be computed from \"" + spec.input + "\"");
    }
    keep[static_cast<std::size_t>(found->second)] = true;
    const auto& inputs = graph.node(found->second).input();
    open.insert(open.end(), inputs.begin(), inputs.end());
  }

  onnx::ModelProto part;
  part.set_ir_version(proto.ir_version());
  *part.mutable_opset_import() = proto.opset_import();
  onnx::GraphProto& out = *part.mutable_graph();
  out.set_name(spec.name.empty() ? graph.name() : spec.name);
  for (int i = 0; i < graph.node_size(); ++i) {
    if (keep[static_cast<std::size_t>(i)]) *out.add_node() = graph.node(i);
  }
  for (const auto& initializer : graph.initializer()) {
    if (needed.contains(initializer.name())) *out.add_initializer() = initializer;
  }
  for (const auto& input : graph.input()) {
    if (input.name() == spec.input) *out.add_input() = input;
  }
  if (out.input_size() != 1) {
    throw Error(ErrorCode::kCorrupt, where + ": contract: the network has no input \"" + spec.input + "\"");
  }
  for (const std::string& name : spec.outputs) {
    const auto* known = [&]() -> const onnx::ValueInfoProto* {
      for (const auto& output : graph.output()) {
        if (output.name() == name) return &output;
      }
      return nullptr;
    }();
    if (known == nullptr)
      throw Error(ErrorCode::kCorrupt, where + ": contract: the network has no output \"" + name + "\"");
    *out.add_output() = *known;
  }
  return part.SerializeAsString();
}

}  // namespace kith::model

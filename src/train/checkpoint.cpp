#include "train/checkpoint.h"

#include <kith/error.h>
#include <torch/torch.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "core/draft.h"
#include "core/files.h"

namespace kith::train {
namespace {

struct Kind {
  torch::ScalarType type;
  const char* name;
};
constexpr Kind kKinds[] = {{torch::kFloat, "F32"}, {torch::kLong, "I64"}, {torch::kByte, "U8"}};

const char* name_of(torch::ScalarType type) {
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return kind.name;
  }
  throw Error(ErrorCode::kInternal, "checkpoint: a tensor that is neither float, int64 nor bytes");
}

torch::ScalarType type_of(const std::string& name, const std::string& where) {
  for (const Kind& kind : kKinds) {
    if (name == kind.name) return kind.type;
  }
  throw Error(ErrorCode::kUnsupported, where + ": holds numbers of type " + name);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  nlohmann::json header;
  if (!checkpoint.texts.empty()) header["__metadata__"] = checkpoint.texts;
  std::vector<torch::Tensor> kept;
  std::uint64_t end = 0;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    kept.push_back(tensor.detach().cpu().contiguous());
    const std::uint64_t size = kept.back().nbytes();
    header[name] = {{"dtype", name_of(kept.back().scalar_type())},
                    {"shape", kept.back().sizes().vec()},
                    {"data_offsets", {end, end + size}}};
    end += size;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data begin at a multiple of 8
  const std::uint64_t length = text.size();
  Draft draft(path, Access::kShared);
  draft.write({reinterpret_cast<const char*>(&length), sizeof length});
  draft.write(text);
  for (const torch::Tensor& tensor : kept)
    draft.write({static_cast<const char*>(tensor.data_ptr()), tensor.nbytes()});
  draft.commit();
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  const std::string where = path.string(), bytes = read_file(path);
  const Error damaged(ErrorCode::kCorrupt, where + ": not a checkpoint (safetensors), or a damaged one");
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) throw damaged;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - sizeof length) throw damaged;
  Checkpoint checkpoint;
  try {
    const auto header =
        nlohmann::json::parse(bytes.data() + sizeof length, bytes.data() + sizeof length + length);
    const char* const data = bytes.data() + sizeof length + length;
    const std::uint64_t room = bytes.size() - sizeof length - length;
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        entry.get_to(checkpoint.texts);
        continue;
      }
      const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
      const auto offsets = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
      torch::Tensor tensor = torch::empty(shape, type_of(entry.at("dtype").get<std::string>(), where));
      if (offsets.size() != 2 || offsets[1] > room || offsets[0] > offsets[1] ||
          offsets[1] - offsets[0] != tensor.nbytes())
        throw damaged;
      if (tensor.nbytes() > 0) std::memcpy(tensor.data_ptr(), data + offsets[0], tensor.nbytes());
      checkpoint.tensors[name] = tensor;
    }
  } catch (const nlohmann::json::exception&) {
    throw damaged;
  }
  return checkpoint;
}

void put_graph(Checkpoint& checkpoint, const Graph& graph, const std::string& prefix) {
  checkpoint.texts["graph"] = graph_json(graph).dump();
  for (const auto& [name, tensor] : graph.constants) checkpoint.tensors[prefix + name] = tensor;
}

Graph get_graph(const Checkpoint& checkpoint, const std::string& where, const std::string& prefix) {
  const auto text = checkpoint.texts.find("graph");
  const auto json =
      text == checkpoint.texts.end() ? nlohmann::json() : nlohmann::json::parse(text->second, nullptr, false);
  Graph graph = parse_graph(json, where);
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (name.compare(0, prefix.size(), prefix) == 0) graph.constants[name.substr(prefix.size())] = tensor;
  }
  return graph;
}

}  // namespace kith::train

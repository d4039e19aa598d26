#include "model/network.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>

#include "model/optimise.h"
#include "model/runtime_impl.h"

namespace kith::model {
namespace {

struct Loaded {
  Ort::Session session;
  std::vector<const char*> outputs;
};

// The height, width and channel axes of a 4-d input.
struct Axes {
  std::size_t channels, height, width;
};

Axes axes(Layout layout) { return layout == Layout::kNchw ? Axes{1, 2, 3} : Axes{3, 1, 2}; }

void check_axis(std::int64_t actual, int expected, const char* axis, const std::string& where) {
  const bool free = actual <= 0;
  if (expected == 0 ? free : (free || actual == expected)) return;
  throw Error(ErrorCode::kCorrupt, where + ": contract: states " + axis + " " +
                                       (expected == 0 ? "any" : std::to_string(expected)) +
                                       ", the network expects " + std::to_string(actual));
}

void check_input(const Ort::Session& session, const GraphSpec& graph, const Contract& contract,
                 const std::string& where) {
  const auto info = session.GetInputTypeInfo(0);
  const auto tensor = info.GetTensorTypeAndShapeInfo();
  const std::vector<std::int64_t> shape = tensor.GetShape();
  if (tensor.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT || shape.size() != 4) {
    throw Error(ErrorCode::kCorrupt, where + ": contract: the network's input is not a 4-d float tensor");
  }
  const Axes axis = axes(contract.input.layout);
  check_axis(shape[0], 0, "batch", where);
  check_axis(shape[axis.channels], contract.input.channels == ChannelOrder::kGrey ? 1 : 3, "channels", where);
  check_axis(shape[axis.height], graph.size.height, "height", where);
  check_axis(shape[axis.width], graph.size.width, "width", where);
}

// An embedder's vector must have the length that the contract states, if the network says how long it is.
void check_dimension(const Ort::Session& session, const Contract& contract, const std::string& where) {
  if (contract.role != Role::kEmbedder) return;
  const auto info = session.GetOutputTypeInfo(0);
  const std::vector<std::int64_t> shape = info.GetTensorTypeAndShapeInfo().GetShape();
  std::int64_t length = shape.empty() ? 0 : 1;
  for (std::size_t i = 1; i < shape.size(); ++i) length *= shape[i];
  if (length > 0) check_axis(length, contract.dimension, "dimension", where);
}

std::string optimised(const std::string& bytes, const std::string& where) {
  const auto proto = parse_onnx(bytes, where);
  optimise(*proto);
  return proto->SerializeAsString();
}

class OrtNetwork final : public Network {
 public:
  OrtNetwork(const ModelFile& file, const std::string& where, std::shared_ptr<Runtime> runtime,
             Threads threads)
      : contract_(file.contract),
        where_(where),
        runtime_(std::dynamic_pointer_cast<OrtRuntime>(std::move(runtime))) {
    for (const GraphSpec& graph : contract_.graphs) {
      Loaded loaded{
          runtime_->open(optimised(extract_graph(*file.proto, graph, where), where), where, threads), {}};
      check_input(loaded.session, graph, contract_, where);
      check_dimension(loaded.session, contract_, where);
      for (const std::string& name : graph.outputs) loaded.outputs.push_back(name.c_str());
      graphs_.push_back(std::move(loaded));
    }
  }

  const Contract& contract() const override { return contract_; }

  std::vector<Tensor> run(std::size_t graph, const float* data,
                          const std::vector<std::int64_t>& shape) const override {
    static const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    std::size_t count = 1;
    for (const std::int64_t n : shape) count *= static_cast<std::size_t>(n);
    const Loaded& loaded = graphs_[graph];
    const char* input = contract_.graphs[graph].input.c_str();
    try {
      const Ort::Value value = Ort::Value::CreateTensor<float>(memory, const_cast<float*>(data), count,
                                                               shape.data(), shape.size());
      // Session::Run is thread-safe but not const in the C++ API.
      auto results =
          const_cast<Ort::Session&>(loaded.session)
              .Run(Ort::RunOptions{nullptr}, &input, &value, 1, loaded.outputs.data(), loaded.outputs.size());
      std::vector<Tensor> outputs;
      outputs.reserve(results.size());
      for (Ort::Value& result : results) {
        const auto info = result.GetTensorTypeAndShapeInfo();
        auto buffer = std::make_shared<Ort::Value>(std::move(result));
        outputs.push_back({info.GetShape(), buffer->GetTensorData<float>(), info.GetElementCount(), buffer});
      }
      return outputs;
    } catch (const Ort::Exception& e) {
      throw Error(ErrorCode::kInternal, where_ + ": the network failed: " + e.what());
    }
  }

 private:
  Contract contract_;
  std::string where_;
  std::shared_ptr<OrtRuntime> runtime_;
  std::vector<Loaded> graphs_;
};

}  // namespace

std::shared_ptr<const Network> Network::load(const ModelFile& file, const std::string& where,
                                             std::shared_ptr<Runtime> runtime, Threads threads) {
  return std::make_shared<OrtNetwork>(file, where, std::move(runtime), threads);
}

void require_role(const Contract& contract, Role role, const std::string& where) {
  if (contract.role == role) return;
  throw Error(ErrorCode::kInvalidArgument, where + ": is a model of role " + to_string(contract.role) +
                                               ", a " + to_string(role) + " is needed here");
}

std::shared_ptr<const Network> Network::load(const std::filesystem::path& path, Role role,
                                             std::shared_ptr<Runtime> runtime) {
  const ModelFile file = read_model(path);
  require_role(file.contract, role, path.string());
  return load(file, path.string(), std::move(runtime));
}

std::size_t Network::graph(const std::string& name) const {
  const auto& graphs = contract().graphs;
  const auto found =
      std::find_if(graphs.begin(), graphs.end(), [&](const GraphSpec& g) { return g.name == name; });
  if (found == graphs.end())
    throw Error(ErrorCode::kCorrupt, contract().name + ": contract: has no graph \"" + name + "\"");
  return static_cast<std::size_t>(found - graphs.begin());
}

}  // namespace kith::model

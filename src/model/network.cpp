#include "model/network.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>

#include "model/optimise.h"
#include "model/output_check.h"
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

const char* words(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
      return "16-bit floats (fp16)";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16:
      return "16-bit floats (bfloat16)";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
      return "64-bit floats";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8:
      return "8-bit whole numbers (quantised)";
    default:
      return "numbers of another kind";
  }
}

void check_type(const Ort::TypeInfo& info, const std::string& tensor, const char* does,
                const std::string& where) {
  if (info.GetONNXType() == ONNX_TYPE_TENSOR &&
      info.GetTensorTypeAndShapeInfo().GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
    return;
  const char* kind = info.GetONNXType() == ONNX_TYPE_TENSOR
                         ? words(info.GetTensorTypeAndShapeInfo().GetElementType())
                         : "something that is no tensor";
  throw Error(ErrorCode::kUnsupported,
              where + ": the network " + does + ' ' + kind + " (\"" + tensor +
                  "\"), Kith uses 32-bit floats: export it with float32 inputs and outputs");
}

void check_input(const Ort::Session& session, const GraphSpec& graph, const Contract& contract,
                 const std::string& where) {
  const auto info = session.GetInputTypeInfo(0);
  check_type(info, graph.input, "takes", where);
  const auto tensor = info.GetTensorTypeAndShapeInfo();
  const std::vector<std::int64_t> shape = tensor.GetShape();
  if (shape.size() != 4) {
    throw Error(ErrorCode::kCorrupt, where + ": the network's input \"" + graph.input + "\" has " +
                                         std::to_string(shape.size()) +
                                         " axes; a picture needs 4: batch, channels, height, width");
  }
  const Axes axis = axes(contract.input.layout);
  check_axis(shape[0], 0, "batch", where);
  check_axis(shape[axis.channels], contract.input.channels == ChannelOrder::kGrey ? 1 : 3, "channels", where);
  check_axis(shape[axis.height], graph.size.height, "height", where);
  check_axis(shape[axis.width], graph.size.width, "width", where);
}

// Where the network itself says how much it returns, running it to learn that costs too much of a cold start.
void check_outputs(const Ort::Session& session, const GraphSpec& graph, const Contract& contract,
                   const std::string& where) {
  for (std::size_t i = 0; i < graph.outputs.size(); ++i)
    check_type(session.GetOutputTypeInfo(i), graph.outputs[i], "returns", where);
  const std::int64_t expected = values_a_picture(contract);
  if (expected == 0) return;
  const auto info = session.GetOutputTypeInfo(0);
  const std::vector<std::int64_t> shape = info.GetTensorTypeAndShapeInfo().GetShape();
  std::int64_t length = shape.size() < 2 ? 0 : 1;
  for (std::size_t i = 1; i < shape.size(); ++i)
    length *= std::max<std::int64_t>(0, std::min<std::int64_t>(shape[i], 1 << 20));
  if (length > 0 && length != expected)
    throw wrong_output(where, graph.outputs[0], shape, contract, expected);
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
      check_outputs(loaded.session, graph, contract_, where);
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
  auto network = std::make_shared<OrtNetwork>(file, where, std::move(runtime), threads);
  check_answers(*network, where);
  return network;
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

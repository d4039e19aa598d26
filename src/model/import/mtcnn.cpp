#include "model/import/mtcnn.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>

#include <span>

#include "model/import/onnx_builder.h"

namespace kith::model {
namespace {

// One layer of the published networks; every convolution is VALID with stride 1.
struct Layer {
  enum class Kind { kConv, kPrelu, kPool, kDense };
  Kind kind;
  const char* name;   // of its weights
  int kernel = 0;     // kConv, kPool (stride 2)
  int outputs = 0;    // kConv, kDense
  bool ceil = false;  // kPool: the last window may hang over the border ("SAME" in facenet)
};

struct Net {
  const char* name;
  int size;  // px, 0 = any
  std::vector<Layer> body;
  std::vector<Layer> heads;  // probability, box, landmarks
};

// Sizes: davidsandberg/facenet src/align/detect_face.py.
const std::vector<Net>& nets() {
  using enum Layer::Kind;
  static const std::vector<Net> kNets = {
      {"pnet",
       0,
       {{kConv, "conv1", 3, 10},
        {kPrelu, "PReLU1"},
        {kPool, "pool1", 2, 0, true},
        {kConv, "conv2", 3, 16},
        {kPrelu, "PReLU2"},
        {kConv, "conv3", 3, 32},
        {kPrelu, "PReLU3"}},
       {{kConv, "conv4-1", 1, 2}, {kConv, "conv4-2", 1, 4}}},
      {"rnet",
       24,
       {{kConv, "conv1", 3, 28},
        {kPrelu, "prelu1"},
        {kPool, "pool1", 3, 0, true},
        {kConv, "conv2", 3, 48},
        {kPrelu, "prelu2"},
        {kPool, "pool2", 3},
        {kConv, "conv3", 2, 64},
        {kPrelu, "prelu3"},
        {kDense, "conv4", 0, 128},
        {kPrelu, "prelu4"}},
       {{kDense, "conv5-1", 0, 2}, {kDense, "conv5-2", 0, 4}}},
      {"onet",
       48,
       {{kConv, "conv1", 3, 32},
        {kPrelu, "prelu1"},
        {kPool, "pool1", 3, 0, true},
        {kConv, "conv2", 3, 64},
        {kPrelu, "prelu2"},
        {kPool, "pool2", 3},
        {kConv, "conv3", 3, 64},
        {kPrelu, "prelu3"},
        {kPool, "pool3", 2, 0, true},
        {kConv, "conv4", 2, 128},
        {kPrelu, "prelu4"},
        {kDense, "conv5", 0, 256},
        {kPrelu, "prelu5"}},
       {{kDense, "conv6-1", 0, 2}, {kDense, "conv6-2", 0, 4}, {kDense, "conv6-3", 0, 10}}}};
  return kNets;
}

constexpr const char* kHeadNames[] = {"prob", "box", "landmarks"};

// Writes one network, keeping track of the tensor's shape. The published weights expect transposed pictures
// (their "height" runs along our x), a Matlab inheritance. Swapping the kernels' two spatial axes, and the
// order of the first dense layer's inputs, undoes it for good; what the outputs mean does not change, because
// facenet reads them in upright coordinates.
class NetWriter {
 public:
  NetWriter(OnnxBuilder& builder, const Net& net, const Weights& weights, std::string where)
      : builder_(builder), net_(net), weights_(weights), where_(std::move(where)), size_(net.size) {}

  void write() {
    const std::int64_t side = net_.size == 0 ? OnnxBuilder::kFree : net_.size;
    tensor_ = tensor("input");
    builder_.input(tensor_, {OnnxBuilder::kFree, 3, side, side});
    for (const Layer& layer : net_.body) tensor_ = add(layer, tensor(layer.name));
    for (std::size_t i = 0; i < net_.heads.size(); ++i) {
      const Layer& head = net_.heads[i];
      const std::string name = tensor(kHeadNames[i]);
      if (i == 0) {
        set_attribute(builder_.node("Softmax", {add(head, name + "_logits")}, name), "axis", std::int64_t{1});
      } else {
        add(head, name);
      }
      std::vector<std::int64_t> shape{OnnxBuilder::kFree, head.outputs};
      if (head.kind == Layer::Kind::kConv) shape.resize(4, OnnxBuilder::kFree);
      builder_.output(name, shape);
    }
  }

 private:
  std::string tensor(const std::string& name) const { return std::string(net_.name) + "/" + name; }

  const FloatArray& weights(const std::string& name, const std::vector<std::int64_t>& shape) const {
    const auto found = weights_.find(name);
    if (found == weights_.end() || found->second.shape != shape) {
      throw Error(ErrorCode::kCorrupt, where_ + ": not MTCNN's " + net_.name + ": \"" + name +
                                           "\" is missing or of another shape");
    }
    return found->second;
  }

  std::string add(const Layer& layer, const std::string& output) {
    switch (layer.kind) {
      case Layer::Kind::kConv:
        return conv(layer, output);
      case Layer::Kind::kPrelu:
        return prelu(layer, output);
      case Layer::Kind::kPool:
        return pool(layer, output);
      case Layer::Kind::kDense:
        break;
    }
    return dense(layer, output);
  }

  std::string conv(const Layer& layer, const std::string& output) {
    const std::string name = layer.name;
    const FloatArray& kernel =
        weights(name + "/weights", {layer.kernel, layer.kernel, channels_, layer.outputs});
    const std::string bias = builder_.constant(output + "/bias", weights(name + "/biases", {layer.outputs}));
    const std::string weight =
        builder_.constant(output + "/weight", permute(kernel, {3, 2, 1, 0}));  // (x, y, in, out) -> OIHW
    set_attribute(builder_.node("Conv", {tensor_, weight, bias}, output), "kernel_shape",
                  {layer.kernel, layer.kernel});
    if (&layer >= net_.body.data() && &layer < net_.body.data() + net_.body.size()) {
      channels_ = layer.outputs;
      size_ -= layer.kernel - 1;
    }
    return output;
  }

  std::string prelu(const Layer& layer, const std::string& output) {
    FloatArray slope = weights(std::string(layer.name) + "/alpha", {channels_});
    if (!flat_) slope.shape = {channels_, 1, 1};
    builder_.node("PRelu", {tensor_, builder_.constant(output + "/slope", slope)}, output);
    return output;
  }

  std::string pool(const Layer& layer, const std::string& output) {
    auto& node = builder_.node("MaxPool", {tensor_}, output);
    set_attribute(node, "kernel_shape", {layer.kernel, layer.kernel});
    set_attribute(node, "strides", {2, 2});
    if (layer.ceil) set_attribute(node, "ceil_mode", std::int64_t{1});
    size_ = (size_ - layer.kernel + (layer.ceil ? 1 : 0)) / 2 + 1;
    return output;
  }

  std::string dense(const Layer& layer, const std::string& output) {
    const std::string name = layer.name;
    const bool first = !flat_;
    const std::int64_t inputs = first ? std::int64_t{size_} * size_ * channels_ : channels_;
    FloatArray matrix = weights(name + "/weights", {inputs, layer.outputs});
    if (first) {
      // Inputs come as (x, y, channel) in the file and as (channel, y, x) from an upright NCHW tensor.
      matrix.shape = {size_, size_, channels_, layer.outputs};
      matrix = permute(matrix, {2, 1, 0, 3});
      matrix.shape = {inputs, layer.outputs};
      set_attribute(builder_.node("Flatten", {tensor_}, output + "/flat"), "axis", std::int64_t{1});
    }
    const std::string weight = builder_.constant(output + "/weight", matrix);
    const std::string bias = builder_.constant(output + "/bias", weights(name + "/biases", {layer.outputs}));
    builder_.node("Gemm", {first ? output + "/flat" : tensor_, weight, bias}, output);
    if (first) {
      flat_ = true;
      channels_ = layer.outputs;
    }
    return output;
  }

  OnnxBuilder& builder_;
  const Net& net_;
  const Weights& weights_;
  std::string where_;
  std::string tensor_;
  std::int64_t channels_ = 3;
  int size_;
  bool flat_ = false;
};

}  // namespace

std::string mtcnn_network(const Weights& weights) {
  for (const Net& net : nets()) {
    const auto found = weights.find(std::string(net.body.front().name) + "/weights");
    if (found != weights.end() &&
        found->second.shape == std::vector<std::int64_t>{3, 3, 3, net.body.front().outputs})
      return net.name;
  }
  return "";
}

Weights mtcnn_weights(const TfliteFile& file) {
  std::vector<FloatArray> kernels;  // with their biases
  std::vector<FloatArray> biases;
  std::vector<FloatArray> slopes;
  constexpr std::size_t kMost = 8;  // kernels, and slopes, of the largest of the three
  for (const TfliteOperator& op : file.operators) {
    if (kernels.size() > kMost || slopes.size() > kMost) break;
    if (op.code == TfliteCode::kConv2d && op.inputs.size() == 3) {
      kernels.push_back(permute(file.floats(op.inputs[1], 4), {1, 2, 3, 0}));  // OHWI -> HWIO
      biases.push_back(file.floats(op.inputs[2], 1));
    } else if (op.code == TfliteCode::kFullyConnected && op.inputs.size() == 3) {
      kernels.push_back(permute(file.floats(op.inputs[1], 2), {1, 0}));
      biases.push_back(file.floats(op.inputs[2], 1));
    } else if (op.code == TfliteCode::kMul && op.inputs.size() == 2 && file.is_constant(op.inputs[0])) {
      slopes.push_back(file.floats(op.inputs[0], 1));  // PReLU as relu(x) + slope * -relu(-x)
    }
  }
  if (kernels.empty() || kernels.size() > kMost || slopes.size() > kMost)
    throw Error(ErrorCode::kCorrupt, file.where + ": not one of MTCNN's networks");
  for (const Net& net : nets()) {
    if (kernels.front().shape.back() != net.body.front().outputs) continue;
    Weights weights;
    std::size_t kernel = 0;
    std::size_t slope = 0;
    const auto take = [&](const Layer& layer) {
      const std::string name = layer.name;
      if (layer.kind == Layer::Kind::kPrelu && slope < slopes.size())
        weights[name + "/alpha"] = slopes[slope++];
      const bool has_kernel = layer.kind == Layer::Kind::kConv || layer.kind == Layer::Kind::kDense;
      if (!has_kernel || kernel >= kernels.size()) return;
      weights[name + "/weights"] = kernels[kernel];
      weights[name + "/biases"] = biases[kernel++];
    };
    for (const Layer& layer : net.body) take(layer);
    for (const Layer& layer : net.heads) take(layer);
    return weights;
  }
  throw Error(ErrorCode::kCorrupt, file.where + ": not one of MTCNN's networks");
}

std::shared_ptr<onnx::ModelProto> build_mtcnn(const MtcnnWeights& weights, const std::string& where) {
  OnnxBuilder builder("mtcnn");
  const Weights* of[] = {&weights.pnet, &weights.rnet, &weights.onet};
  for (std::size_t i = 0; i < nets().size(); ++i) NetWriter(builder, nets()[i], *of[i], where).write();
  return builder.finish();
}

}  // namespace kith::model

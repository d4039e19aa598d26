#include "model/import/tflite.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "model/import/onnx_builder.h"

namespace kith::model {
namespace {

using Op = TfliteOperator;
using Code = TfliteCode;

constexpr std::array<std::int64_t, 4> kToNchw = {0, 2, 3, 1};  // where NHWC's axes lie in NCHW

struct Span {
  std::int64_t before, after;
};

// TensorFlow's SAME: as many outputs as strides fit, the padding split with the odd pixel at the end.
Span same_padding(std::int64_t length, int kernel, int stride, int dilation) {
  const std::int64_t reach = std::int64_t{kernel - 1} * dilation + 1;
  const std::int64_t outputs = (length + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((outputs - 1) * stride + reach - length, 0);
  return {total / 2, total - total / 2};
}

class Translator {
 public:
  explicit Translator(const TfliteFile& file) : file_(file), builder_("tflite"), names_(file.tensors.size()) {
    for (std::size_t i = 0; i < file.operators.size(); ++i) {
      for (const std::size_t output : file.operators[i].outputs) producer_.emplace(output, i);
    }
  }

  std::shared_ptr<onnx::ModelProto> translate() {
    for (const std::size_t input : file_.inputs) {
      names_[input] = unique_name(input);
      builder_.input(names_[input], free_shape(input));
    }
    for (const Op& op : file_.operators) {
      if (op.outputs.size() != 1 || op.inputs.empty()) broken("an operator has not one output");
      const std::size_t out = op.outputs[0];
      if (!names_[out].empty() || file_.is_constant(out)) broken("a tensor is written twice");
      const std::string name = unique_name(out);
      translate(op, name);
      names_[out] = name;
    }
    for (const std::size_t output : file_.outputs) builder_.output(value(output), free_shape(output));
    return builder_.finish();
  }

 private:
  [[noreturn]] void broken(const std::string& what) const {
    throw Error(ErrorCode::kCorrupt, file_.where + ": damaged: " + what + ". Download it again");
  }

  // An operator's constant. Operators may share one, but together they must not outgrow the file by much.
  FloatArray floats(std::size_t tensor, int wanted_rank = -1) {
    FloatArray array = file_.floats(tensor, wanted_rank);
    used_bytes_ += array.values.size() * sizeof(float);
    if (used_bytes_ / 4 > file_.bytes->size()) broken("it uses its constants too often");
    return array;
  }

  const std::vector<std::int64_t>& shape(std::size_t tensor) const { return file_.tensors[tensor].shape; }
  std::size_t rank(std::size_t tensor) const { return shape(tensor).size(); }

  // The shape in ONNX's axis order, with a free batch.
  std::vector<std::int64_t> free_shape(std::size_t tensor) const {
    std::vector<std::int64_t> dims = shape(tensor);
    if (dims.size() == 4) dims = {dims[0], dims[3], dims[1], dims[2]};
    if (!dims.empty()) dims[0] = OnnxBuilder::kFree;
    return dims;
  }

  std::string unique_name(std::size_t tensor) {
    const std::string& name = file_.tensors[tensor].name;
    const std::string number = "tensor_" + std::to_string(tensor);
    if (name.empty()) return number;
    return used_.emplace(name, tensor).first->second == tensor ? name : name + "/" + number;
  }

  // The ONNX tensor for what an operator reads.
  const std::string& value(std::size_t tensor) const {
    if (names_[tensor].empty())
      broken("\"" + file_.tensors[tensor].name + "\" is used before it is computed");
    return names_[tensor];
  }

  std::size_t input(const Op& op, std::size_t i, std::size_t wanted_rank = 0) const {
    if (i >= op.inputs.size()) broken("an operator lacks an input");
    if (wanted_rank != 0 && rank(op.inputs[i]) != wanted_rank)
      broken("an input's rank is not what its operator takes");
    return op.inputs[i];
  }

  void translate(const Op& op, const std::string& out) {
    switch (op.code) {
      case Code::kConv2d:
      case Code::kDepthwiseConv2d:
        return convolution(op, out);
      case Code::kFullyConnected:
        return dense(op, out);
      case Code::kMaxPool2d:
        return pool(op, "MaxPool", out);
      case Code::kAveragePool2d:
        return pool(op, "AveragePool", out);
      case Code::kAdd:
        if (spelt_prelu(op, out)) return;
        return arithmetic(op, "Add", out);
      case Code::kSub:
        return arithmetic(op, "Sub", out);
      case Code::kMul:
        return arithmetic(op, "Mul", out);
      case Code::kDiv:
        return arithmetic(op, "Div", out);
      case Code::kRelu:
        return elementwise(op, "Relu", out);
      case Code::kNeg:
        return elementwise(op, "Neg", out);
      case Code::kAbs:
        return elementwise(op, "Abs", out);
      case Code::kExp:
        return elementwise(op, "Exp", out);
      case Code::kPrelu:
        return prelu(input(op, 0), floats(input(op, 1)), out);
      case Code::kSoftmax:
        return softmax(op, out);
      case Code::kSum:
      case Code::kReduceMax:
        return reduce(op, out);
      case Code::kReshape:
        return reshape(op, out);
    }
    throw Error(ErrorCode::kUnsupported, file_.where + ": TFLite operator " +
                                             std::to_string(static_cast<int>(op.code)) +
                                             " is not translated; convert the model to ONNX and import that");
  }

  // Writes the node so that the fused activation follows it.
  onnx::NodeProto& activated(const Op& op, const std::string& type, const std::vector<std::string>& inputs,
                             const std::string& out) {
    if (op.activation == 0) return builder_.node(type, inputs, out);
    const std::string plain = out + "/plain";
    if (op.activation == 1) {
      builder_.node("Relu", {plain}, out);
    } else if (op.activation == 3) {
      builder_.node("Clip",
                    {plain, builder_.constant(out + "/low", FloatArray{{}, {0}}),
                     builder_.constant(out + "/high", FloatArray{{}, {6}})},
                    out);
    } else {
      throw Error(ErrorCode::kUnsupported,
                  file_.where + ": fused activation " + std::to_string(op.activation) + " is not translated");
    }
    return builder_.node(type, inputs, plain);
  }

  void set_window(onnx::NodeProto& node, const Op& op, std::size_t source, int kernel_h, int kernel_w) {
    set_attribute(node, "kernel_shape", {kernel_h, kernel_w});
    set_attribute(node, "strides", {op.stride_h, op.stride_w});
    if (!op.same_padding) return;
    const Span y = same_padding(shape(source)[1], kernel_h, op.stride_h, op.dilation_h);
    const Span x = same_padding(shape(source)[2], kernel_w, op.stride_w, op.dilation_w);
    set_attribute(node, "pads", {y.before, x.before, y.after, x.after});
  }

  void convolution(const Op& op, const std::string& out) {
    const std::size_t source = input(op, 0, 4);
    const bool depthwise = op.code == Code::kDepthwiseConv2d;
    // OHWI -> OIHW; a depthwise kernel is 1HWO and has one input channel a group.
    const FloatArray kernel =
        permute(floats(input(op, 1), 4),
                depthwise ? std::vector<std::size_t>{3, 0, 1, 2} : std::vector<std::size_t>{0, 3, 1, 2});
    const std::int64_t channels = shape(source)[3];
    if (depthwise ? (kernel.shape[1] != 1 || channels == 0 || kernel.shape[0] % channels != 0)
                  : kernel.shape[1] != channels) {
      broken("a convolution's kernel does not fit its input");
    }
    std::vector<std::string> inputs = {value(source), builder_.constant(out + "/weight", kernel)};
    if (op.inputs.size() > 2) inputs.push_back(builder_.constant(out + "/bias", floats(op.inputs[2], 1)));
    auto& node = activated(op, "Conv", inputs, out);
    set_window(node, op, source, static_cast<int>(kernel.shape[2]), static_cast<int>(kernel.shape[3]));
    set_attribute(node, "dilations", {op.dilation_h, op.dilation_w});
    if (depthwise) set_attribute(node, "group", channels);
  }

  void pool(const Op& op, const std::string& type, const std::string& out) {
    const std::size_t source = input(op, 0, 4);
    set_window(activated(op, type, {value(source)}, out), op, source, op.filter_h, op.filter_w);
  }

  void dense(const Op& op, const std::string& out) {
    std::string rows = value(input(op, 0));
    if (rank(op.inputs[0]) == 4) rows = to_nhwc(rows, out);
    if (rank(op.inputs[0]) != 2) {
      set_attribute(builder_.node("Flatten", {rows}, out + "/rows"), "axis", std::int64_t{1});
      rows = out + "/rows";
    }
    if (rank(op.outputs[0]) != 2) broken("a fully connected operator's output is no matrix");
    std::vector<std::string> inputs = {rows, builder_.constant(out + "/weight", floats(input(op, 1), 2))};
    if (op.inputs.size() > 2) inputs.push_back(builder_.constant(out + "/bias", floats(op.inputs[2], 1)));
    set_attribute(activated(op, "Gemm", inputs, out), "transB", std::int64_t{1});
  }

  std::string to_nhwc(const std::string& tensor, const std::string& out) {
    set_attribute(builder_.node("Transpose", {tensor}, out + "/nhwc"), "perm", {0, 2, 3, 1});
    return out + "/nhwc";
  }

  // An operand of an elementwise operator: a constant's axes are brought into the order of the result's.
  std::string operand(const Op& op, std::size_t i, const std::string& out) {
    const std::size_t tensor = input(op, i);
    const std::size_t result_rank = rank(op.outputs[0]);
    if (!file_.is_constant(tensor)) {
      if (rank(tensor) != result_rank && (rank(tensor) == 4 || result_rank == 4)) {
        throw Error(
            ErrorCode::kUnsupported,
            file_.where + ": \"" + out + "\" combines tensors of different rank, which is not translated");
      }
      return value(tensor);
    }
    FloatArray array = floats(tensor);
    if (result_rank == 4 && !array.shape.empty()) {
      if (array.shape.size() > 4) broken("a constant's rank");
      array.shape.insert(array.shape.begin(), 4 - array.shape.size(), 1);
      array = permute(array, {0, 3, 1, 2});
    }
    return builder_.constant(out + "/operand_" + std::to_string(i), array);
  }

  void arithmetic(const Op& op, const std::string& type, const std::string& out) {
    const std::string left = operand(op, 0, out);
    const std::string right = operand(op, 1, out);
    activated(op, type, {left, right}, out);
  }

  void elementwise(const Op& op, const std::string& type, const std::string& out) {
    builder_.node(type, {value(input(op, 0))}, out);
  }

  void prelu(std::size_t source, FloatArray slope, const std::string& out) {
    if (rank(source) == 4) {
      if (slope.shape.size() > 4 || slope.shape.empty()) broken("a PReLU's slope");
      slope.shape.insert(slope.shape.begin(), 4 - slope.shape.size(), 1);
      slope = permute(slope, {0, 3, 1, 2});
      if (slope.shape[0] != 1) broken("a PReLU's slope differs between pictures");
      slope.shape.erase(slope.shape.begin());
    }
    builder_.node("PRelu", {value(source), builder_.constant(out + "/slope", slope)}, out);
  }

  const Op* computed_by(std::size_t tensor, Code code, std::size_t inputs) const {
    const auto found = producer_.find(tensor);
    if (found == producer_.end()) return nullptr;
    const Op& op = file_.operators[found->second];
    return op.code == code && op.activation == 0 && op.inputs.size() == inputs ? &op : nullptr;
  }

  // relu(x) + slope * -relu(-x), or relu(x) + slope / 2 * (x - |x|): both are max(x, 0) + slope * min(x, 0).
  bool spelt_prelu(const Op& add, const std::string& out) {
    if (add.activation != 0 || add.inputs.size() != 2) return false;
    for (const std::size_t side : {0, 1}) {
      const Op* relu = computed_by(add.inputs[side], Code::kRelu, 1);
      const Op* mul = computed_by(add.inputs[1 - side], Code::kMul, 2);
      if (relu == nullptr || mul == nullptr) continue;
      const std::size_t x = relu->inputs[0];
      const std::size_t constant = file_.is_constant(mul->inputs[0]) ? 0 : 1;
      if (!file_.is_constant(mul->inputs[constant])) continue;
      const std::optional<float> factor = negative_part(mul->inputs[1 - constant], x);
      if (!factor || names_[x].empty()) continue;
      FloatArray slope = floats(mul->inputs[constant]);
      if (slope.shape.size() > 1) continue;
      for (float& value : slope.values) value *= *factor;
      if (slope.shape.empty()) slope.shape = {1};
      prelu(x, slope, out);
      return true;
    }
    return false;
  }

  // What `tensor` is as a multiple of min(x, 0), or nothing.
  std::optional<float> negative_part(std::size_t tensor, std::size_t x) const {
    if (const Op* neg = computed_by(tensor, Code::kNeg, 1)) {
      const Op* relu = computed_by(neg->inputs[0], Code::kRelu, 1);
      const Op* inner = relu != nullptr ? computed_by(relu->inputs[0], Code::kNeg, 1) : nullptr;
      if (inner != nullptr && inner->inputs[0] == x) return 1.0F;
    }
    if (const Op* sub = computed_by(tensor, Code::kSub, 2)) {
      const Op* abs = computed_by(sub->inputs[1], Code::kAbs, 1);
      if (sub->inputs[0] == x && abs != nullptr && abs->inputs[0] == x) return 2.0F;
    }
    return std::nullopt;
  }

  void softmax(const Op& op, const std::string& out) {
    const std::size_t source = input(op, 0);
    if (rank(source) == 0) broken("a softmax of a scalar");
    const std::int64_t axis =
        rank(source) == 4 ? 1 : static_cast<std::int64_t>(rank(source)) - 1;  // channels
    set_attribute(builder_.node("Softmax", {value(source)}, out), "axis", axis);
  }

  void reduce(const Op& op, const std::string& out) {
    const std::size_t source = input(op, 0);
    const auto length = static_cast<std::int64_t>(rank(source));
    std::vector<std::int64_t> axes = file_.integers(input(op, 1));
    for (std::int64_t& axis : axes) {
      if (axis < 0) axis += length;
      if (axis < 0 || axis >= length) broken("a reduction's axis is out of range");
      if (length == 4) axis = kToNchw[static_cast<std::size_t>(axis)];
    }
    std::sort(axes.begin(), axes.end());
    if (length == 4 && !op.keep_dims && axes != std::vector<std::int64_t>{2, 3}) {
      throw Error(ErrorCode::kUnsupported,
                  file_.where + ": \"" + out + "\" drops axes in a way that is not translated");
    }
    onnx::NodeProto* node = nullptr;
    if (op.code == Code::kSum) {  // its axes are an input since opset 13
      node = &builder_.node("ReduceSum", {value(source), builder_.constant(out + "/axes", axes)}, out);
    } else {
      node = &builder_.node("ReduceMax", {value(source)}, out);
      set_attribute(*node, "axes", axes);
    }
    set_attribute(*node, "keepdims", std::int64_t{op.keep_dims ? 1 : 0});
  }

  // The first axis is the batch and stays; values are in NHWC order on both sides.
  void reshape(const Op& op, const std::string& out) {
    const std::size_t source = input(op, 0);
    std::vector<std::int64_t> target = shape(op.outputs[0]);
    if (target.empty() || rank(source) == 0 || target[0] != shape(source)[0]) {
      throw Error(ErrorCode::kUnsupported,
                  file_.where + ": \"" + out + "\" reshapes across pictures, which is not translated");
    }
    std::string from = value(source);
    if (rank(source) == 4) from = to_nhwc(from, out);
    const bool pixels = target.size() == 4;
    target[0] = 0;
    builder_.node("Reshape", {from, builder_.constant(out + "/shape", target)},
                  pixels ? out + "/reshaped" : out);
    if (pixels) set_attribute(builder_.node("Transpose", {out + "/reshaped"}, out), "perm", {0, 3, 1, 2});
  }

  const TfliteFile& file_;
  OnnxBuilder builder_;
  std::vector<std::string> names_;  // of the ONNX tensors, empty until computed
  std::unordered_map<std::string, std::size_t> used_;
  std::unordered_map<std::size_t, std::size_t> producer_;
  std::size_t used_bytes_ = 0;
};

}  // namespace

std::shared_ptr<onnx::ModelProto> translate_tflite(const TfliteFile& file) {
  return Translator(file).translate();
}

}  // namespace kith::model

#include "support/frozen_graph_writer.h"

#include <cstring>

namespace kith::test {
namespace {

constexpr int kFloat = 1, kInt32 = 3, kBool = 10;  // tensorflow/core/framework/types.proto

std::string text_attr(std::string_view text) { return wire_field(2, text); }
std::string int_attr(std::uint64_t value) { return wire_field(3, value); }
std::string type_attr(int type) { return wire_field(6, static_cast<std::uint64_t>(type)); }
std::string list_attr(const std::vector<int>& values) {
  std::string packed;
  for (const int value : values) packed += wire_varint(static_cast<std::uint64_t>(value));
  return wire_field(1, wire_field(3, packed));
}
std::string float_attr(float value) {
  std::string bytes = wire_varint((4U << 3) | 5);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  return bytes;
}
const GraphDefWriter::Attr kT{"T", type_attr(kFloat)};

// Value: a node's name (its first output).
class FaceNetGraph {
 public:
  using Value = std::string;
  FaceNetGraph(const Weights& weights, const FrozenStyle& style) : weights_(weights), style_(style) {}

  // What stands before the network: a queue in the published files, here its end.
  std::string inputs() {
    if (style_.phase_train) graph_.node("phase_train", "Placeholder", {}, {{"dtype", type_attr(kBool)}});
    graph_.node("input", "Placeholder", {}, {{"dtype", type_attr(kFloat)}});
    return "input";
  }

  std::string conv(const std::string& x, const ConvLayer& layer) {
    const std::string weights = variable(layer.scope + "/weights");
    const std::string name = layer.scope + (style_.fused ? "/Conv2D" : "/convolution");
    graph_.node(name, "Conv2D", {x, weights}, window({1, layer.stride, layer.stride, 1}, {}, layer.same));
    return relu(batch_norm(name, layer.scope), layer.scope + "/Relu");
  }
  std::string max_pool(const std::string& x, const std::string& scope) {
    const std::string name = scope + "/MaxPool";
    graph_.node(name, "MaxPool", {x}, window({1, 2, 2, 1}, {1, 3, 3, 1}, false));
    return name;
  }
  std::string concat(const std::vector<std::string>& xs, const std::string& name) {
    graph_.constant_ints(name + "/axis", {3}, true);
    std::vector<std::string> inputs = xs;
    inputs.push_back(name + "/axis");
    graph_.node(name, "ConcatV2", inputs, {{"N", int_attr(xs.size())}, kT, {"Tidx", type_attr(kInt32)}});
    return name;
  }
  std::string residual(const std::string& x, const std::vector<std::string>& branches,
                       const std::string& scope, float scale, bool relu_after) {
    const std::string up = scope + "/Conv2d_1x1";
    const std::string weights = variable(up + "/weights"), biases = variable(up + "/biases");
    graph_.node(up + "/Conv2D", "Conv2D", {concat(branches, scope + "/concat"), weights},
                window({1, 1, 1, 1}, {}, true));
    graph_.node(up + "/BiasAdd", "BiasAdd", {up + "/Conv2D", biases},
                {kT, {"data_format", text_attr("NHWC")}});
    graph_.constant(scope + "/mul/x", {{}, {scale}}, GraphDefWriter::Store::kPacked);
    graph_.node(scope + "/mul", "Mul", {scope + "/mul/x", up + "/BiasAdd"}, {kT});
    graph_.node(scope + "/add", "Add", {x, scope + "/mul"}, {kT});
    return relu_after ? relu(scope + "/add", scope + "/Relu") : scope + "/add";
  }
  std::string head(const std::string& x, const std::string& inside) {
    const std::string scope = weights_.contains(inside + "/weights") ? inside : "Bottleneck";
    const std::string pool = "InceptionResnetV1/Logits/AvgPool_1a_8x8/AvgPool";
    graph_.node(pool, "AvgPool", {x}, window({1, 1, 1, 1}, {1, 3, 3, 1}, false));
    const std::string flat = reshape(pool, "InceptionResnetV1/Logits/Flatten/Reshape", {-1, 1792});
    const std::string weights = variable(scope + "/weights");
    graph_.node(scope + "/MatMul", "MatMul", {flat, weights}, {kT});
    const std::string normed = dense_batch_norm(scope + "/MatMul", scope);
    graph_.node("embeddings/Square", "Square", {normed}, {kT});
    graph_.constant_ints("embeddings/Sum/reduction_indices", {1}, true);
    graph_.node("embeddings/Sum", "Sum", {"embeddings/Square", "embeddings/Sum/reduction_indices"}, {kT});
    graph_.constant("embeddings/Maximum/y", {{}, {1e-10F}}, GraphDefWriter::Store::kPacked);
    graph_.node("embeddings/Maximum", "Maximum", {"embeddings/Sum", "embeddings/Maximum/y"}, {kT});
    graph_.node("embeddings/Rsqrt", "Rsqrt", {"embeddings/Maximum"}, {kT});
    graph_.node("embeddings", "Mul", {normed, "embeddings/Rsqrt"}, {kT});
    return std::move(graph_.bytes);
  }

 private:
  static std::vector<GraphDefWriter::Attr> window(const std::vector<int>& strides,
                                                  const std::vector<int>& kernel, bool same) {
    std::vector<GraphDefWriter::Attr> attrs{kT,
                                            {"strides", list_attr(strides)},
                                            {"padding", text_attr(same ? "SAME" : "VALID")},
                                            {"data_format", text_attr("NHWC")}};
    if (!kernel.empty()) attrs.emplace_back("ksize", list_attr(kernel));
    return attrs;
  }

  // @return the node that reads it.
  std::string variable(const std::string& name) {
    if (style_.folded_reads) {
      graph_.constant(name + "/read", weights_.at(name));
    } else {
      const bool list = style_.float_lists && name.ends_with("/beta");
      graph_.variable(name, weights_.at(name),
                      list ? GraphDefWriter::Store::kPacked : GraphDefWriter::Store::kContent);
    }
    return name + "/read";
  }

  std::string relu(const std::string& x, const std::string& name) {
    graph_.node(name, "Relu", {x}, {kT});
    return name;
  }

  // The fused operator takes pictures only, so slim reshapes n x channels to n x 1 x 1 x channels and back.
  std::string dense_batch_norm(const std::string& x, const std::string& scope) {
    if (!style_.fused) return batch_norm(x, scope);
    const auto channels = static_cast<std::int32_t>(weights_.at(scope + "/BatchNorm/beta").values.size());
    const std::string picture = reshape(x, scope + "/BatchNorm/Reshape", {-1, 1, 1, channels});
    return reshape(batch_norm(picture, scope), scope + "/BatchNorm/Reshape_1", {-1, channels});
  }

  std::string reshape(const std::string& x, const std::string& name, const std::vector<std::int32_t>& shape) {
    graph_.constant_ints(name + "/shape", shape);
    graph_.node(name, "Reshape", {x, name + "/shape"}, {kT, {"Tshape", type_attr(kInt32)}});
    return name;
  }

  std::string batch_norm(const std::string& x, const std::string& scope) {
    const std::string norm = scope + "/BatchNorm/";
    std::string gamma;
    if (weights_.contains(norm + "gamma")) gamma = variable(norm + "gamma");
    const std::string beta = variable(norm + "beta"), mean = variable(norm + "moving_mean");
    const std::string variance = variable(norm + "moving_variance");
    if (style_.fused) return fused(x, norm, {gamma, beta, mean, variance});
    const auto [used_mean, used_variance] =
        style_.phase_train ? switched(x, norm, mean, variance) : std::pair{mean, variance};
    return spelled_out(x, norm, {gamma, beta, used_mean, used_variance});
  }

  std::string fused(const std::string& x, const std::string& norm, std::vector<std::string> parts) {
    if (parts[0].empty()) {
      const auto channels = weights_.at(norm + "beta").values.size();
      graph_.constant(norm + "Const",
                      {{static_cast<std::int64_t>(channels)}, std::vector<float>(channels, 1.0F)},
                      style_.float_lists ? GraphDefWriter::Store::kFirst : GraphDefWriter::Store::kContent);
      parts[0] = norm + "Const";
    }
    const std::vector<GraphDefWriter::Attr> attrs{kT,
                                                  {"epsilon", float_attr(0.001F)},
                                                  {"is_training", wire_field(5, std::uint64_t{0})},
                                                  {"data_format", text_attr("NHWC")}};
    if (!style_.phase_train) {
      graph_.node(norm + "FusedBatchNorm", "FusedBatchNorm", {x, parts[0], parts[1], parts[2], parts[3]},
                  attrs);
      return norm + "FusedBatchNorm";
    }
    const std::string cond = norm + "cond/";
    condition(cond);
    // The training branch has empty moving averages: constants whose names resemble those that are wanted.
    graph_.raw_constant(cond + "Const", tensor_header(kFloat, {0}));
    graph_.raw_constant(cond + "Const_1", tensor_header(kFloat, {0}));
    branch(cond + "FusedBatchNorm", {x, parts[0], parts[1]}, ":1", {cond + "Const", cond + "Const_1"}, attrs);
    branch(cond + "FusedBatchNorm_1", {x, parts[0], parts[1], parts[2], parts[3]}, "", {}, attrs);
    graph_.node(cond + "Merge", "Merge", {cond + "FusedBatchNorm_1", cond + "FusedBatchNorm"},
                {kT, {"N", int_attr(2)}});
    return cond + "Merge";
  }

  // Switch(phase_train, phase_train) and what tf.cond puts around it.
  void condition(const std::string& cond) {
    graph_.node(cond + "Switch", "Switch", {"phase_train", "phase_train"}, {{"T", type_attr(kBool)}});
    graph_.node(cond + "switch_t", "Identity", {cond + "Switch:1"}, {{"T", type_attr(kBool)}});
    graph_.node(cond + "switch_f", "Identity", {cond + "Switch"}, {{"T", type_attr(kBool)}});
    graph_.node(cond + "pred_id", "Identity", {"phase_train"}, {{"T", type_attr(kBool)}});
  }

  void branch(const std::string& name, const std::vector<std::string>& inputs, const std::string& output,
              const std::vector<std::string>& constants, const std::vector<GraphDefWriter::Attr>& attrs) {
    const std::string pred = name.substr(0, name.rfind('/')) + "/pred_id";
    std::vector<std::string> switched_inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::string s = name + "/Switch" + (i == 0 ? "" : "_" + std::to_string(i));
      graph_.node(s, "Switch", {inputs[i], pred}, {kT});
      switched_inputs.push_back(s + output);
    }
    switched_inputs.insert(switched_inputs.end(), constants.begin(), constants.end());
    graph_.node(name, "FusedBatchNorm", switched_inputs, attrs);
  }

  // Batch moments or moving averages, by phase_train. @return the mean and the variance that are used.
  std::pair<std::string, std::string> switched(const std::string& x, const std::string& norm,
                                               const std::string& mean, const std::string& variance) {
    graph_.constant_ints(norm + "moments/Mean/reduction_indices", {0, 1, 2});
    graph_.node(norm + "moments/mean", "Mean", {x, norm + "moments/Mean/reduction_indices"}, {kT});
    graph_.node(norm + "moments/variance", "Mean", {x, norm + "moments/Mean/reduction_indices"}, {kT});
    const std::string cond = norm + "cond/";
    condition(cond);
    const std::vector<std::string> sources{norm + "moments/mean", norm + "moments/variance", mean, variance};
    for (std::size_t i = 0; i < sources.size(); ++i) {
      graph_.node(cond + "Switch_" + std::to_string(i + 1), "Switch", {sources[i], cond + "pred_id"}, {kT});
    }
    graph_.node(cond + "Merge", "Merge", {cond + "Switch_3", cond + "Switch_1:1"}, {kT, {"N", int_attr(2)}});
    graph_.node(cond + "Merge_1", "Merge", {cond + "Switch_4", cond + "Switch_2:1"},
                {kT, {"N", int_attr(2)}});
    return {cond + "Merge", cond + "Merge_1"};
  }

  // parts: gamma or empty, beta, mean, variance.
  std::string spelled_out(const std::string& x, const std::string& norm,
                          const std::vector<std::string>& parts) {
    const std::string b = norm + "batchnorm/";
    graph_.constant(b + "add/y", {{}, {0.001F}}, GraphDefWriter::Store::kPacked);
    graph_.node(b + "add", "Add", {parts[3], b + "add/y"}, {kT});
    graph_.node(b + "Rsqrt", "Rsqrt", {b + "add"}, {kT});
    std::string factor = b + "Rsqrt";
    int next = 0;
    const auto mul = [&](const std::string& left, const std::string& right) {
      const std::string name = b + "mul" + (next == 0 ? "" : "_" + std::to_string(next));
      ++next;
      graph_.node(name, "Mul", {left, right}, {kT});
      return name;
    };
    if (!parts[0].empty()) factor = mul(factor, parts[0]);
    const std::string scaled = mul(x, factor), shift = mul(parts[2], factor);
    graph_.node(b + "sub", "Sub", {parts[1], shift}, {kT});
    graph_.node(b + "add_1", "Add", {scaled, b + "sub"}, {kT});
    return b + "add_1";
  }

  const Weights& weights_;
  FrozenStyle style_;
  GraphDefWriter graph_;
};

}  // namespace

std::string wire_varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>((value & 127) | 128);
  return bytes + static_cast<char>(value);
}

std::string wire_field(int number, std::string_view bytes) {
  return wire_varint((static_cast<std::uint64_t>(number) << 3) | 2) + wire_varint(bytes.size()) +
         std::string(bytes);
}

std::string wire_field(int number, std::uint64_t value) {
  return wire_varint(static_cast<std::uint64_t>(number) << 3) + wire_varint(value);
}

std::string tensor_header(int dtype, const std::vector<std::int64_t>& shape) {
  std::string dims;
  for (const std::int64_t axis : shape)
    dims += wire_field(2, wire_field(1, static_cast<std::uint64_t>(axis)));
  return wire_field(1, static_cast<std::uint64_t>(dtype)) + wire_field(2, dims);
}

void GraphDefWriter::node(const std::string& name, const std::string& op,
                          const std::vector<std::string>& inputs, const std::vector<Attr>& attrs) {
  std::string node = wire_field(1, name) + wire_field(2, op);
  for (const std::string& input : inputs) node += wire_field(3, input);
  for (const auto& [key, value] : attrs) node += wire_field(5, wire_field(1, key) + wire_field(2, value));
  bytes += wire_field(1, node);
}

void GraphDefWriter::raw_constant(const std::string& name, std::string_view tensor) {
  node(name, "Const", {}, {{"dtype", type_attr(kFloat)}, {"value", wire_field(8, tensor)}});
}

void GraphDefWriter::constant(const std::string& name, const Array& array, Store store) {
  const std::string_view raw(reinterpret_cast<const char*>(array.values.data()),
                             array.values.size() * sizeof(float));
  std::string tensor = tensor_header(kFloat, array.shape);
  if (store == Store::kContent) tensor += wire_field(4, raw);
  if (store == Store::kPacked) tensor += wire_field(5, raw);
  if (store == Store::kFirst) tensor += wire_field(5, raw.substr(0, sizeof(float)));
  if (store == Store::kSingles) {
    for (std::size_t i = 0; i < raw.size(); i += sizeof(float)) {
      tensor += wire_varint((5U << 3) | 5) + std::string(raw.substr(i, sizeof(float)));
    }
  }
  raw_constant(name, tensor);
}

void GraphDefWriter::constant_ints(const std::string& name, const std::vector<std::int32_t>& values,
                                   bool scalar) {
  std::vector<std::int64_t> shape;
  if (!scalar) shape.push_back(static_cast<std::int64_t>(values.size()));
  const std::string_view raw(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0]));
  const std::string stored =
      scalar ? wire_field(7, wire_varint(static_cast<std::uint64_t>(values[0]))) : wire_field(4, raw);
  node(name, "Const", {},
       {{"dtype", type_attr(kInt32)}, {"value", wire_field(8, tensor_header(kInt32, shape) + stored)}});
}

void GraphDefWriter::variable(const std::string& name, const Array& array, Store store) {
  constant(name, array, store);
  node(name + "/read", "Identity", {name}, {kT, {"_class", wire_field(1, wire_field(2, "loc:@" + name))}});
}

std::string frozen_facenet(const Weights& weights, const FrozenStyle& style) {
  FaceNetGraph graph(weights, style);
  return walk_facenet(graph, graph.inputs());
}

}  // namespace kith::test

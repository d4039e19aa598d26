#include "model/import/recognise.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/checksum.h"
#include "model/catalog.h"
#include "model/json_limit.h"
#include "model/json_words.h"

namespace kith::model {
namespace {

std::vector<std::int64_t> shape_of(const onnx::ValueInfoProto& info) {
  std::vector<std::int64_t> shape;
  for (const auto& dim : info.type().tensor_type().shape().dim())
    shape.push_back(dim.dim_value());  // 0 when free
  return shape;
}

std::int64_t last(const onnx::ValueInfoProto& info) {
  const std::vector<std::int64_t> shape = shape_of(info);
  return shape.empty() ? 0 : shape.back();
}

constexpr std::int64_t kMostPixels = 1 << 15;  // a side, as parse_contract has it

bool takes_colour_pictures(const onnx::GraphProto& graph) {
  if (graph.input_size() != 1) return false;
  const std::vector<std::int64_t> shape = shape_of(graph.input(0));
  const auto fits = [](std::int64_t length) { return length >= 0 && length <= kMostPixels; };
  return shape.size() == 4 && shape[1] == 3 && fits(shape[2]) && fits(shape[3]);
}

Contract detector(const std::string& kind, const std::string& stem, const onnx::GraphProto& graph) {
  Contract contract;
  contract.role = Role::kDetector;
  contract.kind = kind;
  contract.name = model_name(stem);
  const std::vector<std::int64_t> shape = shape_of(graph.input(0));
  contract.input.size = {static_cast<int>(shape[3]), static_cast<int>(shape[2])};
  contract.graphs = {{"network", graph.input(0).name(), contract.input.size, {}}};
  return contract;
}

// Nine outputs, for strides 8, 16, 32: scores (1 value a cell), boxes (4) and five points (10): InsightFace's
// SCRFD with key points (deepinsight/insightface detection/scrfd). Outputs of a fixed size are sorted by it,
// the finest stride first.
std::optional<Contract> scrfd(const onnx::GraphProto& graph, const std::string& stem) {
  if (graph.output_size() != 9) return std::nullopt;
  std::vector<std::string> names;
  for (const std::int64_t values : {1, 4, 10}) {
    std::vector<const onnx::ValueInfoProto*> group;
    for (const auto& output : graph.output()) {
      if (last(output) == values) group.push_back(&output);
    }
    if (group.size() != 3) return std::nullopt;
    const auto cells = [](const onnx::ValueInfoProto* output) {
      const auto shape = shape_of(*output);
      return shape.size() < 2 ? 0 : shape[shape.size() - 2];
    };
    std::stable_sort(group.begin(), group.end(),
                     [&](const auto* a, const auto* b) { return cells(a) > cells(b); });
    for (const auto* output : group) names.push_back(output->name());
  }
  Contract contract = detector("scrfd", stem, graph);
  contract.input.channels = ChannelOrder::kRgb;
  contract.input.standardisation = {Standardisation::Kind::kFixed, 127.5, 1.0 / 128};
  contract.graphs[0].outputs = std::move(names);
  contract.provenance = "SCRFD with key points, Guo et al. 2021, arXiv:2105.04714";
  return contract;
}

// Twelve named outputs, for strides 8, 16, 32 (ShiqiYu/libfacedetection.train).
std::optional<Contract> yunet(const onnx::GraphProto& graph, const std::string& stem) {
  std::vector<std::string> names;
  for (const char* part : {"cls_", "obj_", "bbox_", "kps_"}) {
    for (const char* stride : {"8", "16", "32"}) names.push_back(std::string(part) + stride);
  }
  for (const std::string& name : names) {
    const auto& outputs = graph.output();
    if (std::none_of(outputs.begin(), outputs.end(), [&](const auto& o) { return o.name() == name; }))
      return std::nullopt;
  }
  Contract contract = detector("yunet", stem, graph);
  contract.input.channels = ChannelOrder::kBgr;
  contract.graphs[0].outputs = std::move(names);
  contract.provenance = "YuNet, Wu et al. 2023, Machine Intelligence Research 20";
  return contract;
}

// 112 x 112 pixels 0..255 in, 128 floats out, and the graph itself begins with (x - mean) * scale.
std::optional<Contract> mobilefacenet(const onnx::ModelProto& model, const std::string& stem) {
  const onnx::GraphProto& graph = model.graph();
  const std::vector<std::int64_t> shape = shape_of(graph.input(0));
  const bool fits = model.producer_name() == "converted from ncnn" && shape[2] == 112 && shape[3] == 112 &&
                    graph.output_size() == 1 && last(graph.output(0)) == 128 && graph.node_size() > 1 &&
                    graph.node(0).op_type() == "Sub" && graph.node(0).input_size() == 2 &&
                    graph.node(0).input(0) == graph.input(0).name();
  if (!fits) return std::nullopt;
  Contract contract;
  contract.role = Role::kEmbedder;
  contract.kind = "embedding";
  contract.name = model_name(stem);
  contract.input.size = {112, 112};
  contract.graphs = {{"network", graph.input(0).name(), {112, 112}, {graph.output(0).name()}}};
  contract.chip = catalog_entry("fr_feature").contract.chip;  // the ArcFace template
  contract.dimension = 128;
  contract.provenance =
      "MobileFaceNet, Chen et al. 2018, arXiv:1804.07573; weights of liguiyuan/mobilefacenet-ncnn";
  return contract;
}

}  // namespace

std::optional<Contract> recognise_file(const std::string& bytes) {
  const std::string sha256 = sha256_hex(bytes);
  for (const CatalogEntry& entry : catalog()) {
    if (entry.files.size() == 1 && entry.files[0].sha256 == sha256) return entry.contract;
  }
  return std::nullopt;
}

std::optional<Contract> recognise_network(const onnx::ModelProto& model, const std::string& stem) {
  if (!takes_colour_pictures(model.graph())) return std::nullopt;
  if (auto contract = scrfd(model.graph(), stem)) return contract;
  if (auto contract = yunet(model.graph(), stem)) return contract;
  return mobilefacenet(model, stem);
}

namespace {

using SortedJson = nlohmann::json;

Error bad_contract(const std::string& where, const std::string& what) {
  return {ErrorCode::kCorrupt, where + ": contract: " + what};
}

// Which of several tensors is meant, only the user knows.
SortedJson only_graph(const SortedJson& contract, const onnx::GraphProto& graph, const std::string& where) {
  if (graph.input_size() != 1 || graph.output_size() != 1) {
    std::string outputs;
    for (const auto& output : graph.output()) outputs += (outputs.empty() ? "" : ", ") + output.name();
    const std::string input = graph.input_size() > 0 ? graph.input(0).name() : "";
    throw bad_contract(
        where, "the network has inputs: " + std::to_string(graph.input_size()) +
                   ", outputs: " + std::to_string(graph.output_size()) + " (" + outputs +
                   "): say which to use, with \"graphs\": [{\"name\": \"network\", \"input\": \"" + input +
                   "\", \"size\": [WIDTH, HEIGHT], \"outputs\": [\"NAME\"]}]");
  }
  if (!contract.contains("input") || !contract.at("input").is_object() ||
      !contract.at("input").contains("size"))
    throw bad_contract(where, "\"input\" with its \"size\": [WIDTH, HEIGHT] is missing");
  return {{{"name", "network"},
           {"input", graph.input(0).name()},
           {"size", contract.at("input").at("size")},
           {"outputs", {graph.output(0).name()}}}};
}

// Numbers that an output has for one picture; 0 where the network leaves that open.
std::int64_t values_of(const onnx::ValueInfoProto& output) {
  constexpr std::int64_t kMost = 1 << 20;
  const std::vector<std::int64_t> shape = shape_of(output);
  std::int64_t count = shape.size() < 2 ? 0 : 1;
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (shape[i] < 1 || shape[i] > kMost / count) return 0;
    count *= shape[i];
  }
  return count;
}

// An embedder's numbers a vector, the points of a network of landmarks; 0 where it cannot be told.
std::int64_t dimension_of(const SortedJson& contract, const onnx::GraphProto& graph) {
  const SortedJson& graphs = contract.at("graphs");
  const std::string role = contract.value("role", "");
  if (!graphs.is_array() || graphs.size() != 1) return 0;
  const SortedJson outputs = graphs.front().value("outputs", SortedJson::array());
  for (const auto& output : graph.output()) {
    if (outputs.empty() || outputs.front() != output.name()) continue;
    return role == "embedder" ? values_of(output) : role == "landmarks" ? values_of(output) / 2 : 0;
  }
  return 0;
}

}  // namespace

std::string complete_contract(const std::string& text, const onnx::ModelProto& model,
                              const std::string& where) {
  try {
    SortedJson json = SortedJson::parse(text, [&](int depth, SortedJson::parse_event_t, const SortedJson&) {
      if (depth > kDeepestJson) throw bad_contract(where, "nested too deeply");
      return true;
    });
    if (!json.is_object()) throw bad_contract(where, "not a JSON object");
    // Here, where the file's lines are still to be seen.
    if (json.contains("name") && json.at("name").is_string())
      require_model_name(json.at("name"), text, where);
    if (!json.contains("format")) json["format"] = 1;
    if (!json.contains("graphs")) json["graphs"] = only_graph(json, model.graph(), where);
    if (!json.contains("dimension")) {
      const std::int64_t dimension = dimension_of(json, model.graph());
      if (dimension > 0 || json.value("role", "") != "embedder") json["dimension"] = dimension;
    }
    return json.dump(-1, ' ', false, SortedJson::error_handler_t::replace);
  } catch (const SortedJson::exception& e) {
    throw bad_contract(where, plain_words(e));
  }
}

}  // namespace kith::model

// Networks and contracts that people bring and that do not fit: refused before anything is read beside a tensor, in words
// that say what is wrong and what to do.
#include <gmock/gmock.h>
#include <kith/error.h>
#include <onnx/onnx_pb.h>

#include <limits>

#include "core/files.h"
#include "model/catalog.h"
#include "model/import/import.h"
#include "model/import/onnx_builder.h"
#include "model/network.h"
#include "support/test_data.h"
#include "unit/model/plain_tensor.h"

namespace kith::test {
namespace {

using model::OnnxBuilder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const char* const kContract = R"({
  "role": "embedder", "kind": "embedding", "metric": "cosine",
  "name": "tiny",
  "input": {"size": [8, 6], "channels": "bgr", "layout": "nchw",
    "standardisation": {"kind": "fixed", "mean": 127.5, "scale": 0.01}},
  "chip": {"kind": "box", "size": [8, 6], "margin": 0}
})";

std::string contract(const std::string& from = "", const std::string& to = "") {
  std::string text = kContract;
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  return text;
}

// What importing says of it, or "" when it is imported.
std::string import(const onnx::ModelProto& network, const std::string& json = kContract) {
  static const auto runtime = Runtime::create({.threads = 1});
  try {
    model::ModelFile file =
        model::import_sources({{"tiny.onnx", network.SerializeAsString()}}, {json, "tiny.json"});
    prove(file, "tiny.onnx", runtime);
    return "";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), Not(HasSubstr("json.exception")));
    EXPECT_NE(e.code(), ErrorCode::kInternal) << e.what();
    return e.what();
  }
}

// A 6 x 8 picture -> vectors of 5, as n x 5 x 1 x 1 where `maps`.
std::shared_ptr<onnx::ModelProto> network(const FloatArray& kernel, bool maps = false) {
  OnnxBuilder builder("tiny");
  builder.input("picture", {OnnxBuilder::kFree, 3, 6, 8});
  builder.node("Conv", {"picture", builder.constant("kernel", kernel)}, "maps");
  if (!maps) model::set_attribute(builder.node("Flatten", {"maps"}, "vector"), "axis", std::int64_t{1});
  builder.output(maps ? "maps" : "vector", maps ? std::vector<std::int64_t>{OnnxBuilder::kFree, 5, 1, 1}
                                                : std::vector<std::int64_t>{OnnxBuilder::kFree, 5});
  return builder.finish();
}

FloatArray all(float value) { return {{5, 3, 6, 8}, std::vector<float>(5 * 3 * 6 * 8, value)}; }

TEST(ModelMessagesUnit, WhatFitsIsImported) {
  EXPECT_EQ(import(*network(noise({5, 3, 6, 8}, 1))), "");
  EXPECT_EQ(import(*network(noise({5, 3, 6, 8}, 1), true)), "") << "n x 5 x 1 x 1 is a vector of 5";
}

TEST(ModelMessagesUnit, WeightsThatAreNoNumbers) {
  EXPECT_THAT(import(*network(all(std::numeric_limits<float>::quiet_NaN()))),
              AllOf(HasSubstr("tiny.onnx"), HasSubstr("\"vector\""), HasSubstr("NaN")));
  EXPECT_THAT(import(*network(all(0))), AllOf(HasSubstr("tiny.onnx"), HasSubstr("same for every picture")));
}

TEST(ModelMessagesUnit, TwoOutputs) {
  OnnxBuilder builder("two");
  builder.input("picture", {OnnxBuilder::kFree, 3, 6, 8});
  builder.node("Conv", {"picture", builder.constant("kernel", noise({5, 3, 6, 8}, 1))}, "maps");
  model::set_attribute(builder.node("Flatten", {"maps"}, "vector"), "axis", std::int64_t{1});
  builder.node("Relu", {"vector"}, "positive");
  builder.output("vector", {OnnxBuilder::kFree, 5});
  builder.output("positive", {OnnxBuilder::kFree, 5});
  const auto two = builder.finish();
  EXPECT_THAT(import(*two),
              AllOf(HasSubstr("tiny.json"), HasSubstr("vector, positive"), HasSubstr("\"graphs\"")));
  const auto graphs = [&](const std::string& graph) {
    return import(*two, contract("\"name\"", "\"graphs\": [" + graph + "], \"name\""));
  };
  EXPECT_THAT(graphs(R"({"name": "network", "input": "picture", "outputs": ["vector"]})"),
              AllOf(HasSubstr("tiny.json"), HasSubstr("\"size\" is missing")));
  EXPECT_EQ(graphs(R"({"name": "network", "input": "picture", "size": [8, 6], "outputs": ["positive"]})"),
            "");
  EXPECT_THAT(graphs(R"({"name": "network", "input": "picture", "size": [8, 6], "outputs": ["nothing"]})"),
              HasSubstr("\"dimension\""));
}

TEST(ModelMessagesUnit, NumbersOfAnotherKind) {
  for (const auto& [type, words] :
       {std::pair{onnx::TensorProto::FLOAT16, "fp16"}, {onnx::TensorProto::UINT8, "8-bit"}}) {
    OnnxBuilder builder("cast");
    builder.input("picture", {OnnxBuilder::kFree, 3, 6, 8});
    model::set_attribute(builder.node("Cast", {"picture"}, "floats"), "to",
                         std::int64_t{onnx::TensorProto::FLOAT});
    builder.node("Conv", {"floats", builder.constant("kernel", noise({5, 3, 6, 8}, 1))}, "maps");
    model::set_attribute(builder.node("Flatten", {"maps"}, "vector"), "axis", std::int64_t{1});
    builder.output("vector", {OnnxBuilder::kFree, 5});
    const auto cast = builder.finish();
    cast->mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(type);
    EXPECT_THAT(import(*cast), AllOf(HasSubstr("tiny.onnx"), HasSubstr(words), HasSubstr("float32")));
  }
}

TEST(ModelMessagesUnit, TheDimensionIsNotThatOfTheVector) {
  EXPECT_THAT(import(*network(noise({5, 3, 6, 8}, 1)), contract("\"name\"", "\"dimension\": 6, \"name\"")),
              AllOf(HasSubstr("tiny.onnx"), HasSubstr("n x 5"), HasSubstr("a vector of 6 numbers")));
}

TEST(ModelMessagesUnit, ContractsInPlainWords) {
  const auto tiny = network(noise({5, 3, 6, 8}, 1));
  const auto says = [&](const std::string& from, const std::string& to) {
    return import(*tiny, contract(from, to));
  };
  EXPECT_THAT(says("\"role\": \"embedder\",", ""),
              AllOf(HasSubstr("tiny.json"), HasSubstr("\"role\" is missing")));
  EXPECT_THAT(says("\"tiny\"", "7"), AllOf(HasSubstr("\"name\" is 7"), HasSubstr("text")));
  EXPECT_THAT(says("127.5", "\"grey\""), AllOf(HasSubstr("\"mean\" is \"grey\""), HasSubstr("a number")));
  EXPECT_THAT(says("bgr", "brg"), HasSubstr("\"channels\" is \"brg\""));
  EXPECT_THAT(says("\"kind\": \"fixed\",", ""), HasSubstr("\"kind\" is missing"));
  EXPECT_THAT(says("\"kind\": \"embedding\"", "\"kind\" \"embedding\""), HasSubstr("line 2, column"));
}

TEST(ModelMessagesUnit, ANameThatIsAPathIsRefusedWithItsLine) {
  const auto tiny = network(noise({5, 3, 6, 8}, 1));
  for (const char* name : {"../../../../x", "/tmp/x", ".hidden", "", "a b", "a/b", "x\\u0000y"}) {
    const std::string what = import(*tiny, contract("\"tiny\"", '"' + std::string(name) + '"'));
    EXPECT_THAT(what, AllOf(HasSubstr("tiny.json:3: "), HasSubstr("\"name\" is"))) << name;
  }
  EXPECT_EQ(import(*tiny, contract("tiny", "arcface_r50-v1.2")), "");
  EXPECT_EQ(model::model_name("yunet (1)"), "yunet--1-");
  EXPECT_EQ(model::model_name(".x"), "model.x");
}

// MTCNN is read cell by cell: outputs in another order would be read beside their ends.
TEST(ModelMessagesModel, MtcnnsOutputsInAnotherOrder) {
  KITH_NEEDS_MODEL("mtcnn");
  const auto runtime = Runtime::create({.threads = 1});
  const auto load = [&](const std::function<void(std::vector<model::GraphSpec>&)>& change) -> std::string {
    model::ModelFile file = model::read_model(installed("mtcnn"));
    change(file.contract.graphs);
    try {
      model::Network::load(file, "swapped.onnx", runtime);
      return "";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kCorrupt);
      return e.what();
    }
  };
  EXPECT_EQ(load([](auto&) {}), "");
  for (std::size_t g = 0; g < 3; ++g) {
    const std::string what =
        load([&](auto& graphs) { std::swap(graphs[g].outputs[0], graphs[g].outputs[1]); });
    EXPECT_THAT(what, AllOf(HasSubstr("swapped.onnx"), HasSubstr("/box\""), HasSubstr("expected is 1 x 2")));
  }
  EXPECT_THAT(load([](auto& graphs) { std::swap(graphs[2].outputs[1], graphs[2].outputs[2]); }),
              AllOf(HasSubstr("onet/landmarks"), HasSubstr("1 x 10"), HasSubstr("expected is 1 x 4")));
  EXPECT_NE(load([](auto& graphs) { graphs[2].outputs.pop_back(); }), "");
  EXPECT_NE(load([](auto& graphs) { graphs.pop_back(); }), "");
}

TEST(ModelMessagesModel, LandmarksOfAnotherNumber) {
  KITH_NEEDS_MODEL("landmarks-68");
  model::ModelFile file = model::read_model(installed("landmarks-68"));
  file.contract.dimension = 5;
  try {
    model::Network::load(file, "five.onnx", Runtime::create({.threads = 1}));
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("n x 136"), HasSubstr("5 points")));
  }
}

}  // namespace
}  // namespace kith::test

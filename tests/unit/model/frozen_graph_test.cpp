#include "model/import/frozen_graph.h"

#include <gtest/gtest.h>
#include <kith/error.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <fstream>
#include <opencv2/dnn.hpp>
#include <random>

#include "model/network.h"
#include "support/facenet.h"
#include "support/frozen_graph_writer.h"
#include "support/test_data.h"

namespace kith::model {
namespace {
using test::FaceNetShape;
using test::FeatureMap;
using test::FrozenStyle;
using test::GraphDefWriter;
using test::Weights;

FeatureMap random_picture(unsigned seed) {
  std::mt19937 random(seed);
  FeatureMap picture(160, 160, 3);
  for (float& v : picture.values) v = static_cast<float>(random() / 2147483648.0 - 1);
  return picture;
}

std::vector<float> run(const Network& network, const std::vector<FeatureMap>& pictures) {
  std::vector<float> tensor;
  for (const FeatureMap& picture : pictures) {
    for (int c = 0; c < 3; ++c) {
      for (std::size_t i = static_cast<std::size_t>(c); i < picture.values.size(); i += 3)
        tensor.push_back(picture.values[i]);
    }
  }
  const auto outputs =
      network.run(0, tensor.data(), {static_cast<std::int64_t>(pictures.size()), 3, 160, 160});
  return {outputs.at(0).data, outputs.at(0).data + outputs.at(0).size};
}

// The largest difference, relative to the largest value.
double relative_difference(const float* actual, const std::vector<float>& expected) {
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference = std::max(difference, std::abs(double(actual[i]) - expected[i]));
    largest = std::max(largest, std::abs(double(expected[i])));
  }
  return difference / largest;
}

// Two pictures, so that a network that ignores its input is noticed.
struct Expected {
  std::vector<FeatureMap> pictures{random_picture(1), random_picture(2)};
  std::vector<std::vector<float>> embeddings;

  explicit Expected(const Weights& weights) {
    for (const FeatureMap& picture : pictures) embeddings.push_back(test::naive_facenet(weights, picture));
  }
  void check(const std::string& bytes, const std::string& what) const {
    const ModelFile file = import_frozen_graph_bytes(bytes, what, {});
    const auto network = Network::load(file, what, Runtime::create());
    const std::vector<float> actual = run(*network, pictures);
    const std::size_t dimension = embeddings[0].size();
    ASSERT_EQ(actual.size(), 2 * dimension) << what;
    for (std::size_t i = 0; i < 2; ++i) {
      const double difference = relative_difference(actual.data() + i * dimension, embeddings[i]);
      EXPECT_LT(difference, 1e-4) << what;
    }
  }
};

// The form that the published files have.
TEST(FrozenGraphUnit, The512dNetworkEqualsPlainLoops) {
  const Weights weights = test::random_facenet({512, false}, 7);
  const Expected expected(weights);
  EXPECT_GT(relative_difference(expected.embeddings[0].data(), expected.embeddings[1]), 0.01);
  expected.check(test::frozen_facenet(weights, {true, true}), "fused, phase_train");
}

TEST(FrozenGraphUnit, The128dNetworkEqualsPlainLoops) {
  const Weights weights = test::random_facenet({128, false}, 8);
  Expected(weights).check(test::frozen_facenet(weights, {true, false}), "spelled out, phase_train");
}

TEST(FrozenGraphSlow, TheWiringDoesNotMatter) {
  const Weights weights = test::random_facenet({512, false}, 7);
  const Expected expected(weights);
  expected.check(test::frozen_facenet(weights, {false, true}), "fused");
  expected.check(test::frozen_facenet(weights, {false, false}), "spelled out");
  expected.check(test::frozen_facenet(weights, {true, false}), "spelled out, phase_train");
  expected.check(test::frozen_facenet(weights, {false, true, true}), "fused, read nodes folded");
}

TEST(FrozenGraphSlow, GammaAndABottleneckOutsideTheScope) {
  Weights weights = test::random_facenet({128, true}, 9);
  const Expected expected(weights);
  expected.check(test::frozen_facenet(weights, {true, true}), "gamma");
  for (const char* part : {"weights", "BatchNorm/beta", "BatchNorm/gamma", "BatchNorm/moving_mean",
                           "BatchNorm/moving_variance"}) {
    auto moved = weights.extract(std::string("InceptionResnetV1/Bottleneck/") + part);
    moved.key() = std::string("Bottleneck/") + part;
    weights.insert(std::move(moved));
  }
  expected.check(test::frozen_facenet(weights, {true, false}), "bottleneck outside the scope");
}

// An engine that is not ours reads what the tests write: the graphs are TensorFlow's, and mean what the plain
// loops compute.
TEST(FrozenGraphSlow, OpenCvReadsTheSameGraphTheSameWay) {
  const Weights weights = test::random_facenet({512, false}, 7);
  const Expected expected(weights);
  // Of constants, OpenCV 4.6 reads raw bytes only: lists of floats come out wrong, or crash it.
  for (const bool fused : {true, false}) {
    const std::string bytes = test::frozen_facenet(weights, {false, fused, false, false});
    cv::dnn::Net net = cv::dnn::readNetFromTensorflow(bytes.data(), bytes.size());
    const FeatureMap& picture = expected.pictures[0];
    const cv::Mat pixels(160, 160, CV_32FC3, const_cast<float*>(picture.values.data()));
    net.setInput(cv::dnn::blobFromImage(pixels));
    const cv::Mat embedding = net.forward();
    ASSERT_EQ(embedding.total(), 512U);
    EXPECT_LT(relative_difference(embedding.ptr<float>(), expected.embeddings[0]), 1e-4) << "fused " << fused;
  }
}

// A whole network whose constants are all one number and take a few bytes each.
std::string small_file(const FaceNetShape& shape) {
  GraphDefWriter graph;
  for (auto& [name, array] : test::random_facenet(shape, 1))
    graph.constant(name, array, GraphDefWriter::Store::kFirst);
  return std::move(graph.bytes);
}

TEST(FrozenGraphUnit, ContractStatesHowTheModelsOf2018SeePictures) {
  const ModelFile file = import_frozen_graph_bytes(small_file({512, false}), "models/20180402-114759.pb", {});
  const Contract& contract = file.contract;
  EXPECT_EQ(contract.role, Role::kEmbedder);
  EXPECT_EQ(contract.kind, "embedding");
  EXPECT_EQ(contract.name, "20180402-114759");
  EXPECT_EQ(contract.dimension, 512);
  EXPECT_EQ(contract.input.size, cv::Size(160, 160));
  EXPECT_EQ(contract.input.channels, ChannelOrder::kRgb);
  EXPECT_EQ(contract.input.standardisation.kind, Standardisation::Kind::kFixed);
  EXPECT_DOUBLE_EQ(contract.input.standardisation.mean, 127.5);
  EXPECT_DOUBLE_EQ(contract.input.standardisation.scale, 1.0 / 128);
  EXPECT_EQ(contract.chip, (ChipGeometry{ChipGeometry::Kind::kBoxCrop, {160, 160}, {}, 32}));
  EXPECT_EQ(contract.metric, "cosine");
  EXPECT_EQ(contract.licence, "MIT");
  EXPECT_NE(contract.provenance.find("VGGFace2"), std::string::npos) << contract.provenance;
  EXPECT_EQ(parse_contract(contract_json(contract), "").dimension, 512);
}

TEST(FrozenGraphUnit, StandardisationFollowsTheBottleneckUnlessChosen) {
  const std::string bytes = small_file({128, false});
  const ModelFile by_size = import_frozen_graph_bytes(bytes, "20170512-110547.pb", {});
  EXPECT_EQ(by_size.contract.dimension, 128);
  EXPECT_EQ(by_size.contract.input.standardisation.kind, Standardisation::Kind::kPerImage);
  const ModelFile chosen = import_frozen_graph_bytes(bytes, "mine.pb", {facenet_fixed_standardisation(), 44});
  EXPECT_EQ(chosen.contract.input.standardisation.kind, Standardisation::Kind::kFixed);
  EXPECT_EQ(chosen.contract.chip.margin_px, 44);
}

TEST(FrozenGraphSlow, WrittenAndReadBackItKeepsItsIdentity) {
  const test::TempDir folder;
  std::ofstream(folder.path() / "x.pb", std::ios::binary) << small_file({128, false});
  ModelFile file = import_frozen_graph(folder.path() / "x.pb", {});
  write_model(folder.path() / "x.onnx", file);
  EXPECT_EQ(read_model(folder.path() / "x.onnx").contract.identity, file.contract.identity);
}

// @return the message, or "" when nothing was thrown.
std::string import_error(const std::string& bytes, ErrorCode code) {
  try {
    import_frozen_graph_bytes(bytes, "some/model.pb", {});
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  return "";
}

TEST(FrozenGraphUnit, AMissingConstantIsNamedWithTheFile) {
  const Weights weights = test::random_facenet({128, false}, 1);
  for (const char* name :
       {"InceptionResnetV1/Conv2d_1a_3x3/weights", "InceptionResnetV1/Repeat_1/block17_10/Conv2d_1x1/biases",
        "InceptionResnetV1/Mixed_7a/Branch_2/Conv2d_0b_3x3/BatchNorm/moving_mean",
        "InceptionResnetV1/Bottleneck/weights"}) {
    GraphDefWriter graph;
    for (const auto& [key, array] : weights) {
      if (key != name) graph.constant(key, array, GraphDefWriter::Store::kFirst);
    }
    const std::string message = import_error(graph.bytes, ErrorCode::kCorrupt);
    EXPECT_NE(message.find("some/model.pb: has no node \"" + std::string(name) + "\""), std::string::npos)
        << message;
    EXPECT_NE(message.find("Inception-ResNet-v1"), std::string::npos) << message;
  }
}

TEST(FrozenGraphUnit, ANegativeVarianceIsRefused) {
  GraphDefWriter graph;
  for (auto& [key, array] : test::random_facenet({128, false}, 1)) {
    if (key.ends_with("block8_3/Branch_0/Conv2d_1x1/BatchNorm/moving_variance")) array.values[0] = -1;
    graph.constant(key, array, GraphDefWriter::Store::kFirst);
  }
  EXPECT_NE(import_error(graph.bytes, ErrorCode::kCorrupt).find("negative variance"), std::string::npos);
}

TEST(FrozenGraphUnit, AnythingElseIsRefused) {
  for (const std::string& bytes :
       {std::string(), std::string("not a graph"), std::string(1000, '\0'), std::string(1000, '\xff')}) {
    EXPECT_NE(import_error(bytes, ErrorCode::kCorrupt), "");
  }
  EXPECT_THROW(import_frozen_graph("/nowhere/20180402-114759.pb", {}), Error);
  // A truncated full-size file.
  const std::string whole = test::frozen_facenet(test::random_facenet({128, false}, 1), {});
  for (const double part : {0.1, 0.99}) {
    const auto length = static_cast<std::size_t>(static_cast<double>(whole.size()) * part);
    EXPECT_NE(import_error(whole.substr(0, length), ErrorCode::kCorrupt), "") << part;
  }
}

TEST(FrozenGraphUnit, FlippedBytesAreRefusedOrHarmless) {
  const std::string whole = small_file({128, false});
  std::mt19937 random(3);
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    std::string bytes = whole;
    bytes[random() % bytes.size()] ^= static_cast<char>(1 + random() % 255);
    try {
      import_frozen_graph_bytes(bytes, "flipped.pb", {});
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace kith::model

#include "model/import/frozen_graph.h"

#include "core/checksum.h"
#include "core/files.h"
#include "model/import/inception_resnet_v1.h"
#include "model/import/tensorflow_constants.h"

namespace kith::model {
namespace {

constexpr int kDimension2018 = 512;

constexpr const char* kAdvice =
    "Kith imports FaceNet's Inception-ResNet-v1 as davidsandberg/facenet freezes it: constants from "
    "InceptionResnetV1/Conv2d_1a_3x3/weights to InceptionResnetV1/Bottleneck/BatchNorm/moving_variance. "
    "Is it such a file, and complete?";

Standardisation default_standardisation(int dimension) {
  if (dimension == kDimension2018) return facenet_fixed_standardisation();
  return {Standardisation::Kind::kPerImage, 0, 1};
}

// What facenet's README says, or said, of the models that it links to.
std::string training_set(const std::string& name) {
  if (name == "20170512-110547") return ", trained on MS-Celeb-1M";
  if (name == "20180402-114759") return ", trained on VGGFace2";
  if (name == "20180408-102900" || name == "20170511-185253") return ", trained on CASIA-WebFace";
  return "";
}

Contract contract_for(const std::string& name, int dimension, const FrozenGraphOptions& options) {
  constexpr int kSize = InceptionResnetV1::kInputSize;
  Contract contract;
  contract.role = Role::kEmbedder;
  contract.kind = "embedding";
  contract.name = model_name(name);
  contract.input.size = {kSize, kSize};
  contract.input.channels = ChannelOrder::kRgb;
  contract.input.layout = Layout::kNchw;
  contract.input.standardisation = options.standardisation.value_or(default_standardisation(dimension));
  contract.graphs = {{"embedder", InceptionResnetV1::kInput, {kSize, kSize}, {InceptionResnetV1::kOutput}}};
  contract.chip = {ChipGeometry::Kind::kBoxCrop, {kSize, kSize}, {}, options.margin_px};
  contract.dimension = dimension;
  contract.metric = "cosine";
  contract.licence = "MIT";
  return contract;
}

}  // namespace

Standardisation facenet_fixed_standardisation() { return {Standardisation::Kind::kFixed, 127.5, 1.0 / 128}; }

ModelFile import_frozen_graph_bytes(std::string_view bytes, const std::string& where,
                                    const FrozenGraphOptions& options) {
  const InceptionResnetV1 network = build_inception_resnet_v1(TensorFlowConstants(bytes, where, kAdvice));
  const std::string name = std::filesystem::path(where).stem().string();
  ModelFile file{network.model, contract_for(name, network.dimension, options)};
  file.contract.provenance = "davidsandberg/facenet, Inception-ResNet-v1" + training_set(name) +
                             "; imported from " + std::filesystem::path(where).filename().string() +
                             ", sha256 " + sha256_hex(bytes);
  return file;
}

ModelFile import_frozen_graph(const std::filesystem::path& file, const FrozenGraphOptions& options) {
  return import_frozen_graph_bytes(read_file(file), file.string(), options);
}

}  // namespace kith::model

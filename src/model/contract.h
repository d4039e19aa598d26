// Contract: what a network expects and returns. Stored in the .onnx file's metadata (docs/formats.md); all preprocessing
// comes from here and from nowhere else.
#pragma once

#include <kith/calibration.h>
#include <kith/chip_geometry.h>

#include <map>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

namespace kith::model {

enum class Role { kDetector, kLandmarks, kEmbedder };
enum class ChannelOrder { kRgb, kBgr, kGrey };
enum class Layout { kNchw, kNhwc };

/// A picture becomes numbers: y = (x - mean) * scale, x in 0..255.
struct Standardisation {
  enum class Kind {
    kFixed,  // with the mean and scale below
    kPerImage,  // the picture's own: mean over pixels and channels, scale 1 / max(std, 1 / sqrt(count)) (facenet prewhiten)
  };
  Kind kind = Kind::kFixed;
  double mean = 0;
  double scale = 1;
};

/// How pictures enter the network.
struct InputSpec {
  cv::Size size;  // px; 0 x 0 = any (fully convolutional)
  ChannelOrder channels = ChannelOrder::kRgb;
  Layout layout = Layout::kNchw;
  Standardisation standardisation;
};

/// A part of the file that runs by itself. Most models have one; MTCNN has pnet, rnet, onet.
struct GraphSpec {
  std::string name;
  std::string input;  // tensor name
  cv::Size size;      // px, 0 x 0 = any
  std::vector<std::string>
      outputs;  // tensor names, in the order that the model's kind expects (docs/formats.md)
};

/// A picture that anyone can make, and what the network must return for it.
struct SelfTest {
  struct Output {
    std::string graph;
    std::string tensor;
    std::vector<float> first;  // the first values (16 at most)
    double norm = 0;           // L2 norm of the whole output
  };
  std::uint32_t seed = 1;   // self_test_image(seed, size)
  cv::Size size;            // for graphs of any size
  double tolerance = 1e-3;  // absolute, relative to max(1, |expected|)
  std::vector<Output> outputs;
};

struct Contract {
  Role role = Role::kEmbedder;
  std::string kind;  // detector: mtcnn | scrfd | yunet; landmarks: 68; embedder: embedding
  std::string name;  // short, for messages: "fr_feature"
  InputSpec input;
  std::vector<GraphSpec> graphs;  // >= 1
  ChipGeometry chip;              // embedders
  int dimension = 0;              // embedders: floats a vector; landmarks: points
  std::string metric = "cosine";  // embedders
  std::string licence;            // SPDX where there is one
  std::string provenance;         // where the weights come from
  std::string identity;           // sha256 over graph, weights and preprocessing; set by model_file.h
  SelfTest self_test;
  std::map<std::string, Calibration> calibrations;  // key: Embedder::identity() (several joined by '+')
};

/// The contract proper as canonical JSON (identity, self-test and calibrations are stored beside it).
std::string contract_json(const Contract& contract);
/// The part of it that decides what comes out of the network: what the identity covers beside graph and weights.
std::string preprocessing_json(const Contract& contract);
/// @param where  the file, for messages.
/// @throws Error kCorrupt when a field is missing, of the wrong type or out of range; the message names it.
Contract parse_contract(const std::string& json, const std::string& where);

/// A chip's geometry alone: the contract's "chip", also what a folder of chips states (photos/chips_manifest.h).
std::string chip_geometry_json(const ChipGeometry& chip);
ChipGeometry parse_chip_geometry(const std::string& json, const std::string& where);

std::string self_test_json(const SelfTest& test);
SelfTest parse_self_test(const std::string& json, const std::string& where);
std::string calibrations_json(const std::map<std::string, Calibration>& calibrations);
std::map<std::string, Calibration> parse_calibrations(const std::string& json, const std::string& where);

/// A model's name is its file's name too: 1..100 letters, digits, '.', '_' and '-', not beginning with '.'.
/// @param text  what it was read from: the message names the line. @throws Error kCorrupt.
void require_model_name(const std::string& name, const std::string& text, const std::string& where);
/// The same for a file's stem: whatever may not stand in a name becomes '-'.
std::string model_name(const std::string& stem);

/// "embedder", "rgb", ...: the words of the JSON.
const char* to_string(Role role);

}  // namespace kith::model

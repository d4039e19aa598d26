// Inception-ResNet-v1 as davidsandberg/facenet trains it (src/models/inception_resnet_v1.py), rebuilt in ONNX
// from the constants of its frozen TensorFlow graph. The architecture: Szegedy et al. 2016, arXiv:1602.07261.
#pragma once

#include <memory>
#include <string>

#include "model/import/tensorflow_constants.h"

namespace onnx {
class ModelProto;
}

namespace kith::model {

struct InceptionResnetV1 {
  /// Input "input": n x 3 x 160 x 160, RGB, standardised. Output "embeddings": n x dimension, unit length.
  std::shared_ptr<onnx::ModelProto> model;
  int dimension = 0;

  static constexpr int kInputSize = 160;  // px; image_size of facenet's training scripts
  static constexpr const char* kInput = "input";
  static constexpr const char* kOutput = "embeddings";
};

/// Batch norm (always with its moving averages, as with phase_train = false) is folded into the convolutions.
/// @throws Error kCorrupt, kUnsupported: a constant that is missing or not as published; the message names
/// it.
InceptionResnetV1 build_inception_resnet_v1(const TensorFlowConstants& constants);

}  // namespace kith::model

// tflite: a float TensorFlow Lite network (NHWC) as an ONNX graph (NCHW, any batch).
#pragma once

#include <memory>

#include "model/import/tflite_file.h"

namespace onnx {
class ModelProto;
}

namespace kith::model {

/// Tensors keep their names. Rank-4 tensors change from NHWC to NCHW; others stay as they are. A PReLU that
/// is spelt out of simpler operators becomes one node.
/// @throws Error kUnsupported (an operator that is not translated: the message names it), kCorrupt
/// (inconsistent).
std::shared_ptr<onnx::ModelProto> translate_tflite(const TfliteFile& file);

}  // namespace kith::model

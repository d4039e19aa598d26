// MTCNN's three networks as one ONNX file, from the weights that davidsandberg/facenet publishes
// (src/align/detect_face.py). Zhang et al. 2016, arXiv:1604.02878.
#pragma once

#include <memory>
#include <string>

#include "model/import/array.h"
#include "model/import/tflite_file.h"

namespace onnx {
class ModelProto;
}

namespace kith::model {

/// Weights by facenet's names ("conv1/weights", HWIO; "PReLU1/alpha"; "conv5/weights", inputs x outputs).
struct MtcnnWeights {
  Weights pnet, rnet, onet;
};

/// Which of "pnet", "rnet", "onet" these weights are; "" when none.
std::string mtcnn_network(const Weights& weights);

/// The weights of one network from the TFLite file of it: its convolutions, matrices and PReLUs in their
/// order.
/// @throws Error kCorrupt when it is none of the three.
Weights mtcnn_weights(const TfliteFile& file);

/// Graphs "pnet/...", "rnet/...", "onet/..." for upright NCHW RGB pictures, any batch (P-Net: any size too).
/// Outputs: <net>/prob (softmax, face = channel 1), <net>/box (dx1 dy1 dx2 dy2), onet/landmarks (x0..x4
/// y0..y4).
/// @throws Error kCorrupt when a layer is missing or has another shape. @param where  the files, for
/// messages.
std::shared_ptr<onnx::ModelProto> build_mtcnn(const MtcnnWeights& weights, const std::string& where);

}  // namespace kith::model

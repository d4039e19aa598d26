// Rewrites a graph so that ONNX Runtime runs it on its fast path; what it returns stays the same (to 1e-5).
#pragma once

namespace onnx {
class ModelProto;
}

namespace kith::model {

/// ONNX Runtime's CPU convolutions are fast on tensors of 16-channel blocks (its NCHWc layout), which a few
/// operators interrupt. For the sake of small networks such as MTCNN's:
///  - channels between two convolutions are padded with zeros to a multiple of 16;
///  - PRelu(x) after a convolution becomes x + (1 - slope) * Relu(-x), from operators that work on blocks;
///  - a softmax over two channels becomes a sigmoid of their difference, from the layer before it.
/// What does not fit these patterns is left alone. Names of inputs and outputs stay.
void optimise(onnx::ModelProto& model);

}  // namespace kith::model

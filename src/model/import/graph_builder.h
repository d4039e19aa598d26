// GraphBuilder: writes an ONNX network operator by operator, from weights in TensorFlow's axis order.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace onnx {
class GraphProto;
class ModelProto;
class NodeProto;
}  // namespace onnx

namespace kith::model {

/// A tensor of the network: n x channels x height x width, n free. Its size is known, so that padding can be
/// spelled out.
struct Feature {
  std::string name;
  int channels = 0, height = 0, width = 0;
};

/// TensorFlow's words: kValid pads nothing; kSame pads so that the output has ceil(input / stride) cells, the
/// odd one right and below (tensorflow/core/framework/common_shape_fns.cc).
enum class Padding { kValid, kSame };

struct Window {
  int height = 1, width = 1;
  int stride = 1;
  Padding padding = Padding::kSame;
};

/// y = sum(kernel * x) + bias. Kernel: height x width x in x out (HWIO), a dense layer's in x out is the same
/// with 1 x 1.
struct Affine {
  std::vector<float> kernel;
  std::vector<float> bias;  // out
};

/// Names are the caller's and must differ; each operator's output bears its name.
class GraphBuilder {
 public:
  explicit GraphBuilder(const std::string& graph_name);
  ~GraphBuilder();
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  Feature input(const std::string& name, int channels, int height, int width);
  Feature conv(const std::string& name, const Feature& x, const Window& window, const Affine& weights);
  Feature relu(const std::string& name, const Feature& x);
  /// Padding counts for nothing (minus infinity), as in TensorFlow.
  Feature max_pool(const std::string& name, const Feature& x, const Window& window);
  /// Along the channels.
  Feature concat(const std::string& name, const std::vector<Feature>& xs);
  Feature add(const std::string& name, const Feature& a, const Feature& b);
  /// The mean over height and width: n x channels from here on (height and width 1).
  Feature global_average(const std::string& name, const Feature& x);
  Feature dense(const std::string& name, const Feature& x, const Affine& weights);
  /// Unit L2 norm over the channels.
  Feature l2_normalise(const std::string& name, const Feature& x);
  /// n x channels for what comes after global_average, else n x channels x height x width.
  void output(const Feature& x, bool flat);

  std::shared_ptr<onnx::ModelProto> finish() &&;

 private:
  onnx::NodeProto& node(const char* op, const std::string& output, const std::vector<std::string>& inputs);
  void initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                   const std::vector<float>& values);

  std::shared_ptr<onnx::ModelProto> model_;
};

}  // namespace kith::model

#include "model/output_check.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/preprocess.h"

namespace kith::model {
namespace {

std::string words(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t length : shape)
    text += (text.empty() ? "" : " x ") + (length > 0 ? std::to_string(length) : "n");
  return text.empty() ? "one number" : text;
}

Error wrong_shape(const std::string& where, const std::string& output, const std::vector<std::int64_t>& shape,
                  const std::string& expected) {
  return {ErrorCode::kCorrupt, where + ": contract: output \"" + output + "\" returns " + words(shape) +
                                   ", expected is " + expected + ": are the outputs named in their order?"};
}

// davidsandberg/facenet src/align/detect_face.py. P-Net answers for each cell of a map, 2 px apart.
struct Part {
  const char* graph;
  cv::Size picture;                  // px
  std::vector<std::int64_t> values;  // of each output, for one face
  cv::Size map;                      // cells; 0 x 0: the outputs are no maps
};
const std::array<Part, 3> kMtcnn{
    {{"pnet", {24, 20}, {2, 4}, {7, 5}}, {"rnet", {24, 24}, {2, 4}, {}}, {"onet", {48, 48}, {2, 4, 10}, {}}}};

void check_part(const Network& network, const Part& part, const std::string& where) {
  const std::size_t g = network.graph(part.graph);
  const GraphSpec& graph = network.contract().graphs[g];
  const bool fixed = part.map.empty();
  if (graph.outputs.size() != part.values.size() || graph.size != (fixed ? part.picture : cv::Size())) {
    throw Error(ErrorCode::kCorrupt, where + ": contract: graph \"" + part.graph + "\" must have " +
                                         std::to_string(part.values.size()) + " outputs and pictures of " +
                                         (fixed ? std::to_string(part.picture.width) + " px" : "any size"));
  }
  const cv::Mat black = cv::Mat::zeros(part.picture, CV_8UC3);
  std::vector<float> input;
  const auto shape = to_tensor({&black, 1}, network.contract().input, input);
  const std::vector<Tensor> outputs = network.run(g, input.data(), shape);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::vector<std::int64_t> expected{1, part.values[i]};
    if (!fixed) expected.insert(expected.end(), {part.map.height, part.map.width});
    std::vector<std::int64_t> actual = outputs[i].shape;
    while (fixed && actual.size() > 2 && actual.back() == 1) actual.pop_back();
    if (actual != expected) throw wrong_shape(where, graph.outputs[i], outputs[i].shape, words(expected));
    require_finite(outputs[i], graph.outputs[i], where);
  }
}

}  // namespace

std::int64_t values_a_picture(const Contract& contract) {
  switch (contract.role) {
    case Role::kEmbedder:
      return contract.dimension;
    case Role::kLandmarks:
      return 2 * std::int64_t{contract.dimension};
    case Role::kDetector:
      break;
  }
  return 0;
}

Error wrong_output(const std::string& where, const std::string& output,
                   const std::vector<std::int64_t>& shape, const Contract& contract, std::int64_t expected) {
  const std::string what =
      contract.role == Role::kEmbedder
          ? "a vector of " + std::to_string(expected) + " numbers (the contract's dimension)"
          : std::to_string(expected / 2) + " points, x and y (the contract's dimension)";
  return wrong_shape(where, output, shape, what);
}

void check_answers(const Network& network, const std::string& where) {
  const Contract& contract = network.contract();
  if (contract.role != Role::kDetector || contract.kind != "mtcnn") return;
  for (const Part& part : kMtcnn) check_part(network, part, where);
}

void require_finite(const Tensor& tensor, const std::string& output, const std::string& where) {
  const bool finite =
      std::all_of(tensor.data, tensor.data + tensor.size, [](float v) { return std::isfinite(v); });
  if (finite) return;
  throw Error(ErrorCode::kCorrupt,
              where + ": output \"" + output +
                  "\" holds values that are no numbers (NaN or infinite): its weights are damaged, or "
                  "were saved in a precision that is too small; get the file again");
}

}  // namespace kith::model

#include "model/self_test.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>

#include "model/output_check.h"
#include "model/preprocess.h"

namespace kith::model {
namespace {

constexpr int kCell = 8;
constexpr std::size_t kFirst = 16;

std::vector<SelfTest::Output> run_all(const Network& network, std::uint32_t seed, cv::Size size) {
  std::vector<SelfTest::Output> outputs;
  const Contract& contract = network.contract();
  for (std::size_t g = 0; g < contract.graphs.size(); ++g) {
    const GraphSpec& graph = contract.graphs[g];
    const cv::Mat image = self_test_image(seed, graph.size.empty() ? size : graph.size);
    std::vector<float> input;
    const std::vector<std::int64_t> shape = to_tensor({&image, 1}, contract.input, input);
    const std::vector<Tensor> results = network.run(g, input.data(), shape);
    for (std::size_t i = 0; i < results.size(); ++i) {
      require_finite(results[i], graph.outputs[i], contract.name);
      SelfTest::Output output{graph.name, graph.outputs[i], {}, 0};
      output.first.assign(results[i].data, results[i].data + std::min(kFirst, results[i].size));
      for (std::size_t k = 0; k < results[i].size; ++k)
        output.norm += double{results[i].data[k]} * results[i].data[k];
      output.norm = std::sqrt(output.norm);
      outputs.push_back(std::move(output));
    }
  }
  return outputs;
}

bool close(double actual, double expected, double tolerance) {
  return std::abs(actual - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

}  // namespace

cv::Mat self_test_image(std::uint32_t seed, cv::Size size) {
  const int columns = size.width / kCell + 2;
  const int rows = size.height / kCell + 2;
  cv::Mat corners(rows, columns, CV_8UC3);
  std::uint32_t state = seed;
  for (int i = 0; i < rows * columns * 3; ++i) {
    state = state * 1664525U + 1013904223U;
    corners.data[i] = static_cast<std::uint8_t>(state >> 24U);
  }
  cv::Mat image(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const int fx = x % kCell;
      const int fy = y % kCell;
      const auto* top = corners.ptr<cv::Vec3b>(y / kCell) + x / kCell;
      const auto* bottom = corners.ptr<cv::Vec3b>(y / kCell + 1) + x / kCell;
      for (int c = 0; c < 3; ++c) {
        const int upper = top[0][c] * (kCell - fx) + top[1][c] * fx;
        const int lower = bottom[0][c] * (kCell - fx) + bottom[1][c] * fx;
        image.at<cv::Vec3b>(y, x)[c] = static_cast<std::uint8_t>(
            (upper * (kCell - fy) + lower * fy + kCell * kCell / 2) / (kCell * kCell));
      }
    }
  }
  return image;
}

SelfTest record_self_test(const Network& network, cv::Size size) {
  SelfTest test;
  test.size = size;
  test.outputs = run_all(network, test.seed, size);
  return test;
}

void check_self_test(const Network& network, const std::string& where) {
  const SelfTest& expected = network.contract().self_test;
  if (expected.outputs.empty())
    throw Error(ErrorCode::kCorrupt, where + ": has no self-test: import it again");
  const std::vector<SelfTest::Output> actual = run_all(network, expected.seed, expected.size);
  bool same = actual.size() == expected.outputs.size();
  for (std::size_t i = 0; same && i < actual.size(); ++i) {
    const SelfTest::Output& a = actual[i];
    const SelfTest::Output& e = expected.outputs[i];
    same = a.graph == e.graph && a.tensor == e.tensor && a.first.size() == e.first.size() &&
           close(a.norm, e.norm, expected.tolerance);
    for (std::size_t k = 0; same && k < a.first.size(); ++k)
      same = close(a.first[k], e.first[k], expected.tolerance);
  }
  if (!same) {
    throw Error(ErrorCode::kCorrupt,
                where + ": self-test failed: the network does not return what its contract says");
  }
}

}  // namespace kith::model

#include "unit/face/mtcnn_slow.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

namespace kith::test {
namespace {

// [first axis][second axis][channel]; the networks see transposed pictures: first axis = x, second axis = y.
struct Map {
  int first = 0, second = 0, channels = 0;
  std::vector<double> values;
  Map(int a, int b, int c) : first(a), second(b), channels(c), values(static_cast<std::size_t>(a) * b * c) {}
  double& at(int a, int b, int c) {
    return values[(static_cast<std::size_t>(a) * second + b) * channels + c];
  }
  double at(int a, int b, int c) const {
    return values[(static_cast<std::size_t>(a) * second + b) * channels + c];
  }
};

Map conv(const Map& in, const model::Weights& weights, const std::string& name) {
  const model::FloatArray& w = weights.at(name + "/weights");
  const model::FloatArray& bias = weights.at(name + "/biases");
  const int k = static_cast<int>(w.shape[0]);
  const int outputs = static_cast<int>(w.shape[3]);
  Map out(in.first - k + 1, in.second - k + 1, outputs);
  for (int a = 0; a < out.first; ++a)
    for (int b = 0; b < out.second; ++b)
      for (int i = 0; i < k; ++i)
        for (int j = 0; j < k; ++j)
          for (int c = 0; c < in.channels; ++c)
            for (int o = 0; o < outputs; ++o)
              out.at(a, b, o) +=
                  in.at(a + i, b + j, c) * w.values[((i * k + j) * in.channels + c) * outputs + o];
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] += bias.values[i % outputs];
  return out;
}

Map dense(const Map& in, const model::Weights& weights, const std::string& name) {
  const model::FloatArray& w = weights.at(name + "/weights");
  const int outputs = static_cast<int>(w.shape[1]);
  Map out(1, 1, outputs);
  for (int o = 0; o < outputs; ++o) out.values[o] = weights.at(name + "/biases").values[o];
  for (std::size_t i = 0; i < in.values.size(); ++i)
    for (int o = 0; o < outputs; ++o) out.values[o] += in.values[i] * w.values[i * outputs + o];
  return out;
}

Map prelu(Map map, const model::Weights& weights, const std::string& name) {
  const model::FloatArray& alpha = weights.at(name + "/alpha");
  for (std::size_t i = 0; i < map.values.size(); ++i)
    map.values[i] =
        std::max(map.values[i], 0.0) + alpha.values[i % map.channels] * std::min(map.values[i], 0.0);
  return map;
}

// Stride 2. `same`: windows may hang over the far border.
Map pool(const Map& in, int k, bool same) {
  const auto length = [&](int n) { return same ? (n + 1) / 2 : (n - k) / 2 + 1; };
  Map out(length(in.first), length(in.second), in.channels);
  for (int a = 0; a < out.first; ++a)
    for (int b = 0; b < out.second; ++b)
      for (int c = 0; c < in.channels; ++c) {
        double best = -INFINITY;
        for (int i = 2 * a; i < std::min(2 * a + k, in.first); ++i)
          for (int j = 2 * b; j < std::min(2 * b + k, in.second); ++j) best = std::max(best, in.at(i, j, c));
        out.at(a, b, c) = best;
      }
  return out;
}

double face_probability(double no, double yes) {
  const double top = std::max(no, yes);
  return std::exp(yes - top) / (std::exp(no - top) + std::exp(yes - top));
}

// Transposed, RGB, standardised.
Map input_of(const cv::Mat& image) {
  cv::Mat numbers;
  image.convertTo(numbers, CV_64F);
  Map map(image.cols, image.rows, 3);
  for (int x = 0; x < image.cols; ++x)
    for (int y = 0; y < image.rows; ++y)
      for (int c = 0; c < 3; ++c) map.at(x, y, c) = (numbers.at<cv::Vec3d>(y, x)[2 - c] - 127.5) * 0.0078125;
  return map;
}

struct Candidates {
  std::vector<std::array<double, 4>> boxes;
  std::vector<double> scores;
  std::vector<std::array<double, 4>> offsets;
  std::vector<std::array<double, 10>> points;

  void append(const Candidates& other, std::size_t i) {
    boxes.push_back(other.boxes[i]);
    scores.push_back(other.scores[i]);
    offsets.push_back(other.offsets[i]);
    if (!other.points.empty()) points.push_back(other.points[i]);
  }
  Candidates survivors(double threshold, bool over_smaller) const {
    Candidates out;
    for (const std::size_t i : slow_nms(boxes, scores, threshold, over_smaller)) out.append(*this, i);
    return out;
  }
  void shift(double extent) {
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const double w = boxes[i][2] - boxes[i][0] + extent;
      const double h = boxes[i][3] - boxes[i][1] + extent;
      for (int k = 0; k < 4; ++k) boxes[i][k] += offsets[i][k] * (k % 2 == 0 ? w : h);
    }
  }
  void square() {
    for (auto& b : boxes) {
      const double w = b[2] - b[0];
      const double h = b[3] - b[1];
      const double l = std::max(w, h);
      b[0] += w * 0.5 - l * 0.5;
      b[1] += h * 0.5 - l * 0.5;
      b[2] = b[0] + l;
      b[3] = b[1] + l;
    }
  }
  void truncate() {
    for (auto& b : boxes)
      for (double& v : b) v = std::trunc(v);
  }
};

Candidates stage_one(const cv::Mat& image, double min_face, const model::Weights& w) {
  Candidates all;
  const double m = 12 / min_face;
  int step = 0;
  for (double side = std::min(image.rows, image.cols) * m; side >= 12; side *= 0.709, ++step) {
    const double scale = m * std::pow(0.709, step);
    const cv::Size size(static_cast<int>(std::ceil(image.cols * scale)),
                        static_cast<int>(std::ceil(image.rows * scale)));
    Map map = prelu(conv(input_of(slow_shrink(image, size, true)), w, "conv1"), w, "PReLU1");
    map = prelu(conv(pool(map, 2, true), w, "conv2"), w, "PReLU2");
    map = prelu(conv(map, w, "conv3"), w, "PReLU3");
    const Map logits = conv(map, w, "conv4-1");
    const Map offsets = conv(map, w, "conv4-2");
    Candidates level;
    for (int y = 0; y < logits.second; ++y)
      for (int x = 0; x < logits.first; ++x) {
        const double p = face_probability(logits.at(x, y, 0), logits.at(x, y, 1));
        if (p < 0.6) continue;
        level.boxes.push_back({std::trunc((2 * x + 1) / scale), std::trunc((2 * y + 1) / scale),
                               std::trunc((2 * x + 12) / scale), std::trunc((2 * y + 12) / scale)});
        level.scores.push_back(p);
        level.offsets.push_back(
            {offsets.at(x, y, 0), offsets.at(x, y, 1), offsets.at(x, y, 2), offsets.at(x, y, 3)});
      }
    const Candidates kept = level.survivors(0.5, false);
    for (std::size_t i = 0; i < kept.boxes.size(); ++i) all.append(kept, i);
  }
  all = all.survivors(0.7, false);
  all.shift(0);
  all.square();
  all.truncate();
  return all;
}

cv::Mat patch_of(const cv::Mat& image, const std::array<double, 4>& box, int side) {
  const int w = static_cast<int>(box[2] - box[0]) + 1;
  const int h = static_cast<int>(box[3] - box[1]) + 1;
  cv::Mat patch(h, w, CV_64FC3, cv::Scalar::all(0));
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) {
      const int sx = static_cast<int>(box[0]) - 1 + x;
      const int sy = static_cast<int>(box[1]) - 1 + y;
      if (sx < 0 || sy < 0 || sx >= image.cols || sy >= image.rows) continue;
      patch.at<cv::Vec3d>(y, x) = image.at<cv::Vec3b>(sy, sx);
    }
  if (w >= side && h >= side) return slow_shrink(patch, {side, side}, false);
  cv::Mat grown;
  cv::resize(patch, grown, {side, side}, 0, 0, cv::INTER_AREA);
  return grown;
}

bool outside(const cv::Mat& image, const std::array<double, 4>& box) {
  return box[2] < 1 || box[3] < 1 || box[0] > image.cols || box[1] > image.rows || box[2] < box[0] ||
         box[3] < box[1];
}

Map rnet(const Map& in, const model::Weights& w) {
  Map map = pool(prelu(conv(in, w, "conv1"), w, "prelu1"), 3, true);
  map = pool(prelu(conv(map, w, "conv2"), w, "prelu2"), 3, false);
  map = prelu(conv(map, w, "conv3"), w, "prelu3");
  return prelu(dense(map, w, "conv4"), w, "prelu4");
}

Map onet(const Map& in, const model::Weights& w) {
  Map map = pool(prelu(conv(in, w, "conv1"), w, "prelu1"), 3, true);
  map = pool(prelu(conv(map, w, "conv2"), w, "prelu2"), 3, false);
  map = pool(prelu(conv(map, w, "conv3"), w, "prelu3"), 2, true);
  map = prelu(conv(map, w, "conv4"), w, "prelu4");
  return prelu(dense(map, w, "conv5"), w, "prelu5");
}

Candidates judge(const cv::Mat& image, const Candidates& in, const model::Weights& w, bool last) {
  Candidates out;
  for (const auto& box : in.boxes) {
    if (outside(image, box)) continue;
    const Map input = input_of(patch_of(image, box, last ? 48 : 24));
    const Map features = last ? onet(input, w) : rnet(input, w);
    const Map logits = dense(features, w, last ? "conv6-1" : "conv5-1");
    const double p = face_probability(logits.values[0], logits.values[1]);
    if (p <= 0.7) continue;
    const Map offsets = dense(features, w, last ? "conv6-2" : "conv5-2");
    out.boxes.push_back(box);
    out.scores.push_back(p);
    out.offsets.push_back({offsets.values[0], offsets.values[1], offsets.values[2], offsets.values[3]});
    if (!last) continue;
    const Map points = dense(features, w, "conv6-3");
    std::array<double, 10> found{};
    for (int i = 0; i < 5; ++i) {
      found[i] = (box[2] - box[0] + 1) * points.values[i] + box[0] - 1;
      found[i + 5] = (box[3] - box[1] + 1) * points.values[i + 5] + box[1] - 1;
    }
    out.points.push_back(found);
  }
  return out;
}

}  // namespace

cv::Mat slow_shrink(const cv::Mat& image, cv::Size size, bool round) {
  cv::Mat numbers;
  image.convertTo(numbers, CV_64F);
  cv::Mat out(size, CV_64FC3, cv::Scalar::all(0));
  const double sx = static_cast<double>(image.cols) / size.width;
  const double sy = static_cast<double>(image.rows) / size.height;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      cv::Vec3d sum(0, 0, 0);
      double area = 0;
      for (int v = static_cast<int>(y * sy); v < std::min<double>((y + 1) * sy, image.rows); ++v)
        for (int u = static_cast<int>(x * sx); u < std::min<double>((x + 1) * sx, image.cols); ++u) {
          const double part = (std::min<double>(u + 1, (x + 1) * sx) - std::max<double>(u, x * sx)) *
                              (std::min<double>(v + 1, (y + 1) * sy) - std::max<double>(v, y * sy));
          sum += part * numbers.at<cv::Vec3d>(v, u);
          area += part;
        }
      out.at<cv::Vec3d>(y, x) = sum / area;
    }
  if (round) {
    for (auto& pixel : cv::Mat_<cv::Vec3d>(out))
      for (int c = 0; c < 3; ++c) pixel[c] = std::nearbyint(pixel[c]);
  }
  return out;
}

std::vector<std::size_t> slow_nms(const std::vector<std::array<double, 4>>& boxes,
                                  const std::vector<double>& scores, double threshold, bool over_smaller) {
  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  const auto area = [](const std::array<double, 4>& b) { return (b[2] - b[0] + 1) * (b[3] - b[1] + 1); };
  std::vector<std::size_t> kept;
  for (const std::size_t i : order) {
    bool survives = true;
    for (const std::size_t k : kept) {
      const double w =
          std::max(0.0, std::min(boxes[i][2], boxes[k][2]) - std::max(boxes[i][0], boxes[k][0]) + 1);
      const double h =
          std::max(0.0, std::min(boxes[i][3], boxes[k][3]) - std::max(boxes[i][1], boxes[k][1]) + 1);
      const double both = w * h;
      const double whole =
          over_smaller ? std::min(area(boxes[i]), area(boxes[k])) : area(boxes[i]) + area(boxes[k]) - both;
      if (both / whole > threshold) survives = false;
    }
    if (survives) kept.push_back(i);
  }
  return kept;
}

std::vector<SlowFace> SlowMtcnn::detect(const cv::Mat& image, double min_face, SlowCounts* counts) const {
  const Candidates proposed = stage_one(image, min_face, pnet);
  Candidates refined = judge(image, proposed, rnet, false).survivors(0.7, false);
  refined.shift(1);
  refined.square();
  refined.truncate();
  Candidates faces = judge(image, refined, onet, true);
  faces.shift(1);
  faces = faces.survivors(0.7, true);
  if (counts != nullptr) *counts = {proposed.boxes.size(), refined.boxes.size()};
  std::vector<SlowFace> out;
  for (std::size_t i = 0; i < faces.boxes.size(); ++i)
    out.push_back({faces.boxes[i], faces.scores[i], faces.points[i]});
  return out;
}

}  // namespace kith::test

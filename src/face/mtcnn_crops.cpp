#include "face/mtcnn_crops.h"

#include <kith/error.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "face/area_shrink.h"
#include "face/parallel_for.h"
#include "model/preprocess.h"

namespace kith {
namespace {

// Crops a run. Larger batches are slower: their feature maps leave the processor's cache
// (docs/performance.md).
std::size_t batch_of(int side) { return side > 24 ? 4 : 16; }

// Equal ones, as many for each thread.
std::size_t batches_of(std::size_t boxes, std::size_t largest) {
  const auto workers = static_cast<std::size_t>(std::max(1, cv::getNumThreads()));
  const std::size_t rounds = (boxes + largest * workers - 1) / (largest * workers);
  return std::min(boxes, rounds * workers);
}

// The reference counts pixels from 1.
cv::Rect pixels_of(const ScoredBox& box) {
  const int x = static_cast<int>(box.x1) - 1;
  const int y = static_cast<int>(box.y1) - 1;
  return {x, y, static_cast<int>(box.x2) - x, static_cast<int>(box.y2) - y};
}

bool touches(const ScoredBox& box, const cv::Mat& image) {
  return !(pixels_of(box) & cv::Rect(0, 0, image.cols, image.rows)).empty();
}

// The box's pixels, black outside the picture.
cv::Mat cut(const cv::Mat& image, const cv::Rect& box) {
  const cv::Rect inside = box & cv::Rect(0, 0, image.cols, image.rows);
  if (inside == box) return image(box);
  cv::Mat patch(box.size(), CV_8UC3, cv::Scalar::all(0));
  image(inside).copyTo(patch(inside - box.tl()));
  return patch;
}

// Not rounded to whole grey levels, as in the reference. Growing is OpenCV's INTER_AREA, which is then nearly
// linear.
cv::Mat resized(const cv::Mat& patch, int side) {
  if (patch.cols >= side && patch.rows >= side) {
    ShrunkRows crop{{side, side}, {0, side}, {}};
    area_shrink(patch, {&crop, 1}, CV_32FC3, 1);
    return crop.pixels;
  }
  cv::Mat numbers;
  cv::Mat crop;
  patch.convertTo(numbers, CV_32F);
  cv::resize(numbers, crop, {side, side}, 0, 0, cv::INTER_AREA);
  return crop;
}

}  // namespace

MtcnnCrops::MtcnnCrops(std::shared_ptr<const model::Network> network, const std::string& graph, int side)
    : network_(std::move(network)), graph_(network_->graph(graph)), side_(side) {}

std::vector<MtcnnVerdict> MtcnnCrops::judge(const cv::Mat& image, std::span<const ScoredBox> boxes,
                                            float threshold) const {
  std::vector<ScoredBox> inside;
  std::copy_if(boxes.begin(), boxes.end(), std::back_inserter(inside),
               [&](const ScoredBox& box) { return touches(box, image); });
  if (inside.empty()) return {};
  const std::size_t batches = batches_of(inside.size(), batch_of(side_));
  std::vector<std::vector<MtcnnVerdict>> parts(batches);
  parallel_for(static_cast<int>(batches), [&](int batch) {
    const auto i = static_cast<std::size_t>(batch);
    const std::size_t first = inside.size() * i / batches;
    const std::size_t last = inside.size() * (i + 1) / batches;
    parts[i] = judge_batch(image, std::span(inside).subspan(first, last - first), threshold);
  });
  std::vector<MtcnnVerdict> verdicts;
  for (const auto& part : parts) verdicts.insert(verdicts.end(), part.begin(), part.end());
  return verdicts;
}

std::vector<MtcnnVerdict> MtcnnCrops::judge_batch(const cv::Mat& image, std::span<const ScoredBox> boxes,
                                                  float threshold) const {
  std::vector<cv::Mat> crops;
  for (const ScoredBox& box : boxes) crops.push_back(resized(cut(image, pixels_of(box)), side_));
  static thread_local std::vector<float> numbers;  // fresh memory costs more than the filling
  const auto shape = model::to_tensor(crops, network_->contract().input, numbers);
  const std::vector<model::Tensor> out = network_->run(graph_, numbers.data(), shape);
  const std::size_t n = boxes.size();
  if (out[0].size != n * 2 || out[1].size != n * 4 || (out.size() > 2 && out[2].size != n * 10)) {
    throw Error(ErrorCode::kCorrupt, network_->contract().name + ": a network for crops of " +
                                         std::to_string(side_) + " px does not answer once for each");
  }
  std::vector<MtcnnVerdict> verdicts;
  for (std::size_t i = 0; i < n; ++i) {
    const float score = out[0].data[i * 2 + 1];
    if (!(score > threshold)) continue;
    MtcnnVerdict verdict{boxes[i], {}, {}};
    verdict.box.score = score;
    std::copy_n(out[1].data + i * 4, 4, verdict.offsets.begin());
    if (out.size() > 2) std::copy_n(out[2].data + i * 10, 10, verdict.points.begin());
    verdicts.push_back(verdict);
  }
  return verdicts;
}

}  // namespace kith

#include <kith/aligner.h>
#include <kith/error.h>
#include <kith/landmarks.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "face/similarity_fit.h"
#include "face/warp.h"
#include "model/network.h"
#include "model/preprocess.h"

namespace kith {
namespace {

// 300-W order (Sagonas et al. 2013), 0-based: which of the 68 points make each of the five.
const std::array<std::vector<int>, 5> kFiveOf68{
    {{37, 38, 40, 41}, {43, 44, 46, 47}, {30}, {48, 60}, {54, 64}}};

// When the refined points are not believed; chosen on rotated copies of pictures (docs/accuracy.md,
// Landmarks). The network was trained on faces that are nearly upright: beyond this roll, as the detector's
// points show it, it sees an upright face where there is none. Up to there it is better than the detector's
// points, also where the two disagree.
constexpr double kMaxRoll_deg = 55;
// And no face has a shape further from the template than this (rms after the best similarity, in distances of
// the eyes).
constexpr double kMaxMisfit = 0.2;

// The face's box stretched to the network's input, no margin.
cv::Mat crop(const cv::Mat& image, const cv::Rect2f& box, cv::Size size) {
  const double sx = size.width / static_cast<double>(box.width);
  const double sy = size.height / static_cast<double>(box.height);
  return warp(image, {sx, 0, (0.5 - box.x) * sx - 0.5, 0, sy, (0.5 - box.y) * sy - 0.5}, size);
}

// @param values  68 x (x, y) in [0, 1] of the box.
Landmarks5 five_points(const float* values, const cv::Rect2f& box) {
  Landmarks5 five;
  for (std::size_t i = 0; i < five.size(); ++i) {
    cv::Point2f sum;
    for (const int k : kFiveOf68[i]) sum += cv::Point2f(values[2 * k], values[2 * k + 1]);
    sum /= static_cast<float>(kFiveOf68[i].size());
    five[i] = {box.x + sum.x * box.width, box.y + sum.y * box.height};
  }
  return five;
}

double roll_deg(const Landmarks5& points) {
  const cv::Matx23d upright = similarity_fit(points, arcface_112().points);
  return std::atan2(upright(1, 0), upright(0, 0)) * 180 / CV_PI;
}

double misfit(const Landmarks5& points) {
  const Landmarks5 shape = arcface_112().points;
  const cv::Matx23d fit = similarity_fit(points, shape);
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Vec2d fitted = fit * cv::Vec3d(points[i].x, points[i].y, 1);
    sum += std::pow(fitted[0] - shape[i].x, 2) + std::pow(fitted[1] - shape[i].y, 2);
  }
  return std::sqrt(sum / static_cast<double>(points.size())) / cv::norm(shape[1] - shape[0]);
}

// The box itself, then larger, and shifted to two corners by an eighth: about what detectors' boxes differ by.
constexpr std::size_t kViews = 4;

std::array<cv::Rect2f, kViews> views_of(const cv::Rect2f& box) {
  constexpr float kLarger = 1.25F, kAside = 0.12F;
  const auto view = [&](float scale, float x, float y) {
    const cv::Size2f size(box.width * scale, box.height * scale);
    return cv::Rect2f({box.x + x * box.width + (box.width - size.width) / 2,
                       box.y + y * box.height + (box.height - size.height) / 2},
                      size);
  };
  return {view(1, 0, 0), view(kLarger, 0, 0), view(1, kAside, kAside), view(1, -kAside, -kAside)};
}

constexpr LandmarkFit kNoFit{1, 1, 1};

double squared_distance(const Landmarks5& a, const Landmarks5& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]).ddot(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

// @param seen  in the views of its box; the face still has the detector's points.
LandmarkFit fit_of(const Face& face, std::span<const Landmarks5, kViews> seen) {
  const double area = face.box.area();
  double swum = 0;
  for (std::size_t i = 1; i < seen.size(); ++i) swum += squared_distance(seen[i], seen.front());
  swum /= static_cast<double>(kViews - 1);
  return {static_cast<float>(misfit(seen.front())),
          static_cast<float>(std::sqrt(squared_distance(seen.front(), face.landmarks) / area)),
          static_cast<float>(std::sqrt(swum / area))};
}

}  // namespace

struct LandmarkRefiner::Impl {
  std::shared_ptr<const model::Network> network;

  // The five points, px of the picture, that the network sees in each box.
  std::vector<Landmarks5> see(const cv::Mat& image, std::span<const cv::Rect2f> boxes) const {
    std::vector<Landmarks5> five;
    for (std::size_t done = 0; done < boxes.size(); done += kMostAtOnce)
      see_some(image, boxes.subspan(done, std::min(kMostAtOnce, boxes.size() - done)), five);
    return five;
  }

 private:
  static constexpr std::size_t kMostAtOnce = 64;  // bounds memory; more make it no faster

  void see_some(const cv::Mat& image, std::span<const cv::Rect2f> boxes,
                std::vector<Landmarks5>& five) const {
    const model::Contract& contract = network->contract();
    std::vector<cv::Mat> crops;
    for (const cv::Rect2f& box : boxes) crops.push_back(crop(image, box, contract.input.size));
    std::vector<float> input;
    const auto shape = model::to_tensor(crops, contract.input, input);
    const model::Tensor points = network->run(0, input.data(), shape).front();
    const std::size_t stride = static_cast<std::size_t>(contract.dimension) * 2;
    if (points.size != crops.size() * stride) {
      throw Error(ErrorCode::kCorrupt,
                  contract.name + ": contract: the network does not return 68 points a face");
    }
    for (std::size_t i = 0; i < boxes.size(); ++i)
      five.push_back(five_points(points.data + i * stride, boxes[i]));
  }
};

LandmarkRefiner::LandmarkRefiner(const std::filesystem::path& model, std::shared_ptr<Runtime> runtime)
    : impl_(std::make_unique<Impl>()) {
  impl_->network = model::Network::load(model, model::Role::kLandmarks, std::move(runtime));
  const model::Contract& contract = impl_->network->contract();
  if (contract.dimension != 68 || contract.input.size.empty()) {
    throw Error(ErrorCode::kCorrupt,
                model.string() + ": contract: landmarks need 68 points and a fixed input size");
  }
}

LandmarkRefiner::~LandmarkRefiner() = default;
LandmarkRefiner::LandmarkRefiner(LandmarkRefiner&&) noexcept = default;
LandmarkRefiner& LandmarkRefiner::operator=(LandmarkRefiner&&) noexcept = default;

const std::string& LandmarkRefiner::name() const { return impl_->network->contract().name; }
const std::string& LandmarkRefiner::identity() const { return impl_->network->contract().identity; }

std::vector<LandmarkFit> LandmarkRefiner::refine(const cv::Mat& image, std::span<Face> faces) const {
  std::vector<LandmarkFit> fits(faces.size(), kNoFit);
  std::vector<std::size_t> refinable;
  std::vector<cv::Rect2f> views;  // kViews a face
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (!(faces[i].box.width >= 1 && faces[i].box.height >= 1)) continue;
    refinable.push_back(i);
    for (const cv::Rect2f& view : views_of(faces[i].box)) views.push_back(view);
  }
  if (refinable.empty()) return fits;
  const std::vector<Landmarks5> all = impl_->see(image, views);
  for (std::size_t k = 0; k < refinable.size(); ++k) {
    Face& face = faces[refinable[k]];
    const auto seen = std::span(all).subspan(k * kViews).first<kViews>();
    fits[refinable[k]] = fit_of(face, seen);
    if (std::abs(roll_deg(face.landmarks)) <= kMaxRoll_deg && misfit(seen.front()) <= kMaxMisfit)
      face.landmarks = seen.front();
  }
  return fits;
}

}  // namespace kith

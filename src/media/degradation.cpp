#include "media/degradation.h"

#include <kith/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <random>
#include <sstream>

#include "media/jpeg.h"

namespace kith {
namespace {

struct Field {
  const char* name;
  double Degradation::*value;
  double none, low, high;
};
constexpr std::array kFields{
    Field{"occlude", &Degradation::occlude, 0, 0, 0.9},
    Field{"dark", &Degradation::dark, 1, 0.01, 1},
    Field{"red", &Degradation::red, 1, 0.5, 2},
    Field{"px", &Degradation::px, 0, 4, 1000},
    Field{"blur", &Degradation::blur, 0, 0, 50},
    Field{"motion", &Degradation::motion, 0, 0, 100},
    Field{"turn", &Degradation::motion_turn, 0, -180, 180},
    Field{"noise", &Degradation::noise, 0, 0, 100},
};

void occlude(cv::Mat& picture, double share) {
  const int from = static_cast<int>(std::lround(picture.rows * (1 - share)));
  if (from < picture.rows) picture.rowRange(from, picture.rows).setTo(cv::Scalar::all(128));
}

void light(cv::Mat& picture, const Degradation& d) {
  std::vector<cv::Mat> planes;
  cv::split(picture, planes);
  planes[0].convertTo(planes[0], -1, d.dark / d.red);
  planes[1].convertTo(planes[1], -1, d.dark);
  planes[2].convertTo(planes[2], -1, d.dark * d.red);
  cv::merge(planes, picture);
}

// A line of the given length through the middle of a small kernel, drawn with soft ends.
cv::Mat smear(double length, double degrees) {
  const int radius = static_cast<int>(std::ceil(length / 2));
  cv::Mat kernel = cv::Mat::zeros(2 * radius + 1, 2 * radius + 1, CV_32F);
  const double angle = degrees * std::numbers::pi / 180;
  constexpr int kSteps = 32;
  for (int i = 0; i <= kSteps; ++i) {
    const double t = length * (static_cast<double>(i) / kSteps - 0.5);
    const double x = radius + t * std::cos(angle), y = radius + t * std::sin(angle);
    const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y));
    for (const int dx : {0, 1}) {
      for (const int dy : {0, 1}) {
        const double weight = (1 - std::abs(x - (x0 + dx))) * (1 - std::abs(y - (y0 + dy)));
        if (weight > 0) kernel.at<float>(y0 + dy, x0 + dx) += static_cast<float>(weight);
      }
    }
  }
  return kernel / cv::sum(kernel)[0];
}

// Focus, motion, noise and compression of a picture that has its final size.
void spoil(cv::Mat& picture, const Degradation& d, std::uint64_t seed) {
  if (d.blur > 0) cv::GaussianBlur(picture, picture, {}, d.blur, d.blur, cv::BORDER_REPLICATE);
  if (d.motion > 0)
    cv::filter2D(picture, picture, -1, smear(d.motion, d.motion_turn), {-1, -1}, 0, cv::BORDER_REPLICATE);
  if (d.noise > 0) {
    cv::RNG random(seed | 1U);
    cv::Mat noise(picture.size(), CV_16SC3);
    random.fill(noise, cv::RNG::NORMAL, 0, d.noise);
    cv::add(picture, noise, picture, cv::noArray(), CV_8U);
  }
  if (d.jpeg > 0) picture = decode_jpeg(encode_jpeg(picture, d.jpeg));
}

void expose(cv::Mat& picture, const Degradation& d) {
  if (d.occlude > 0) occlude(picture, d.occlude);
  if (d.dark != 1 || d.red != 1) light(picture, d);
}

// A map about the middle of a picture of that size.
cv::Matx23d about_middle(cv::Size size, double turn_degrees, double zoom, double x, double y) {
  const cv::Mat map = cv::getRotationMatrix2D(
      {static_cast<float>(size.width - 1) / 2, static_cast<float>(size.height - 1) / 2}, turn_degrees, zoom);
  cv::Matx23d result(map.ptr<double>());
  result(0, 2) += x;
  result(1, 2) += y;
  return result;
}

}  // namespace

Degradation parse_degradation(const std::string& text) {
  const auto refuse = [&](const std::string& why) {
    throw Error(
        ErrorCode::kInvalidArgument,
        "degradation \"" + text + "\": " + why +
            "; there are px, blur, motion, turn, noise, jpeg, dark, red, occlude, as in px=24,blur=1");
  };
  Degradation result;
  std::istringstream parts(text);
  std::string seen = ",";
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    if (equals == std::string::npos) refuse("\"" + part + "\" has no value");
    if (seen.find("," + name + ",") != std::string::npos) refuse("\"" + name + "\" stands twice");
    seen += name + ",";
    char* end = nullptr;
    const double value = std::strtod(part.c_str() + equals + 1, &end);
    if (end == part.c_str() + equals + 1 || *end != '\0' || !std::isfinite(value))
      refuse("\"" + part + "\" is no number");
    if (name == "jpeg") {
      if (value < 1 || value > 100) refuse("jpeg is a quality from 1 to 100");
      result.jpeg = static_cast<int>(value);
      continue;
    }
    const auto* const field =
        std::find_if(kFields.begin(), kFields.end(), [&](const Field& f) { return f.name == name; });
    if (field == kFields.end()) refuse("\"" + name + "\" is none");
    if (value < field->low || value > field->high) refuse("\"" + part + "\" is out of range");
    result.*(field->value) = value;
  }
  return result;
}

std::string to_string(const Degradation& degradation) {
  std::ostringstream text;
  const char* comma = "";
  for (const Field& field : kFields) {
    if (degradation.*(field.value) == field.none) continue;
    text << comma << field.name << '=' << degradation.*(field.value);
    comma = ",";
  }
  if (degradation.jpeg > 0) text << comma << "jpeg=" << degradation.jpeg;
  return text.str();
}

cv::Mat degrade_picture(const cv::Mat& picture, double face_height, const Degradation& degradation,
                        std::uint64_t seed) {
  cv::Mat result = picture.clone();
  expose(result, degradation);
  const double scale = degradation.px > 0 ? degradation.px / face_height : 1;
  if (scale < 1) {
    const cv::Size small(std::max(1, static_cast<int>(std::lround(picture.cols * scale))),
                         std::max(1, static_cast<int>(std::lround(picture.rows * scale))));
    cv::resize(result, result, small, 0, 0, cv::INTER_AREA);
  }
  spoil(result, degradation, seed);
  return result;
}

cv::Mat degrade_chip(const cv::Mat& chip, const Degradation& degradation, std::uint64_t seed) {
  cv::Mat seen = chip.clone();
  expose(seen, degradation);
  const double shrink = degradation.px > 0 ? std::min(1.0, degradation.px / kChipFaceHeight) : 1;
  const cv::Size small(static_cast<int>(std::ceil(chip.cols * shrink)),
                       static_cast<int>(std::ceil(chip.rows * shrink)));
  if (shrink < 1) {
    // Where the face lies on the camera's pixel grid is anybody's guess: a shift of less than one small pixel.
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> anywhere(-0.5 / shrink, 0.5 / shrink);
    const double x = anywhere(random), y = anywhere(random);
    const cv::Matx23d shift(1, 0, x, 0, 1, y);
    cv::warpAffine(seen, seen, shift, chip.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::resize(seen, seen, small, 0, 0, cv::INTER_AREA);
    spoil(seen, degradation, seed);
    // Small pixel centre (u + 0.5) / small * large - 0.5 in the chip; then the shift taken back, then the wrong points.
    const double ax = static_cast<double>(chip.cols) / small.width,
                 ay = static_cast<double>(chip.rows) / small.height;
    const cv::Matx33d enlarge(ax, 0, (ax - 1) / 2 - x, 0, ay, (ay - 1) / 2 - y, 0, 0, 1);
    const cv::Matx23d beside = about_middle(chip.size(), degradation.turn, degradation.zoom,
                                            degradation.shift_x, degradation.shift_y);
    cv::Mat result;
    cv::warpAffine(seen, result, beside * enlarge, chip.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    return result;
  }
  spoil(seen, degradation, seed);
  if (degradation.turn == 0 && degradation.zoom == 1 && degradation.shift_x == 0 && degradation.shift_y == 0)
    return seen;
  cv::Mat result;
  cv::warpAffine(
      seen, result,
      about_middle(chip.size(), degradation.turn, degradation.zoom, degradation.shift_x, degradation.shift_y),
      chip.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return result;
}

Degradation random_degradation(std::uint64_t seed, double least_px) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> share(0, 1);
  std::normal_distribution<double> normal;
  const auto between = [&](double low, double high) { return low + (high - low) * share(random); };
  Degradation d;
  constexpr double kMostPx = 80;
  d.px = least_px * std::pow(kMostPx / least_px, share(random));
  if (share(random) < 0.3) d.blur = between(0.3, 1.2);
  if (share(random) < 0.2) d.motion = between(1, 3), d.motion_turn = between(-90, 90);
  if (share(random) < 0.3) d.noise = between(1, 8);
  if (share(random) < 0.6) d.jpeg = static_cast<int>(between(30, 95));
  if (share(random) < 0.2) d.dark = between(0.3, 1);
  if (share(random) < 0.15) d.red = between(0.85, 1.15);
  if (share(random) < 0.03) d.occlude = between(0.2, 0.45);
  // Points are found to about 0.3 px of the small picture, and 1 % of the chip at best.
  const double error = 1 + 0.3 * kChipFaceHeight / d.px;  // chip px
  d.shift_x = error * normal(random), d.shift_y = error * normal(random);
  d.turn = 1.2 * error * normal(random);  // degrees: the eyes are 35 px apart
  d.zoom = std::exp(0.02 * error * normal(random));
  return d;
}

}  // namespace kith

// Boxes and labels.
#include <kith/sink.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "core/letters.h"
#include "media/modules.h"

namespace kith {
namespace {

const cv::Scalar kUnknown{60, 170, 255};   // orange
const cv::Scalar kUnclear{150, 150, 150};  // grey
constexpr double kShade = 0.35;            // what is left of the picture under a label
constexpr double kNarrow = 1.3;  // widths of the face: what a label may take where it would be in the way
constexpr double kCovers = 4, kHides = 1,
                 kOwn = 0.25;  // how bad: a pixel of a label, of another face, of its own

struct Style {
  int line = 1;   // px
  int font = 12;  // px
  int smallest = 11;
  int pad() const { return std::max(2, font / 5); }  // px around the text
};

// Sizes follow the picture, so that a 4K frame scaled to a screen reads like a small one; and stay below the
// face's own size. Fonts come in steps, so that a label does not breathe with its face.
Style style_for(const cv::Mat& image, const cv::Rect& box) {
  const double side = std::min(image.cols, image.rows);
  const double face = std::max(box.width, box.height);
  Style style;
  style.line = std::max(1, static_cast<int>(std::lround(std::min(side / 360, std::max(face / 25, 1.0)))));
  const double smallest = std::max(11.0, side / 45);
  const double wanted = std::clamp(face / 5, smallest, std::max(smallest, side / 22));
  constexpr double kStep = 1.25;
  const double steps = std::floor(std::log(wanted / smallest) / std::log(kStep) + 1e-9);
  style.font = static_cast<int>(std::lround(smallest * std::pow(kStep, steps)));
  style.smallest = static_cast<int>(std::lround(smallest));
  return style;
}

bool is_unclear(const RecognizedFace& face) { return face.identity.state == IdentityState::kUnclear; }

// One light colour a name, the same in every film: a hue that neither the unknown's orange nor a red eye has.
cv::Scalar colour_of(const std::string& name) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  constexpr double kFirstHue = 70, kHues = 270, kValue = 245;
  const double saturation = (hash & 1U) != 0 ? 0.4 : 0.75;
  const double hue = kFirstHue + kHues * (hash >> 8U) / static_cast<double>(1U << 24U);
  const auto channel = [=](double n) {  // HSV to RGB: n = 5, 3, 1 for red, green, blue
    const double k = std::fmod(n + hue / 60, 6);
    return kValue * (1 - saturation * std::max(0.0, std::min({k, 4 - k, 1.0})));
  };
  return {channel(1), channel(3), channel(5)};
}

std::string name_on(const RecognizedFace& face) {
  std::string text = face.identity.name.value_or("unknown");
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

cv::Scalar colour_of(const RecognizedFace& face) {
  if (face.identity.name) return colour_of(name_on(face));
  return is_unclear(face) ? kUnclear : kUnknown;
}

// With how sure it is, where there is any doubt.
std::string label_of(const RecognizedFace& face) {
  const long percent = std::lround(100 * face.identity.confidence);
  return name_on(face) + (face.identity.name && percent < 100 ? " " + std::to_string(percent) + "%" : "");
}

struct Label {
  cv::Mat mask;  // of the text
  int pad = 0;
  cv::Rect place;
  double cost = 0;  // how much it covers of what should be seen

  cv::Size size() const { return {mask.cols + 2 * pad, mask.rows + 2 * pad}; }
};

// What must not be covered.
struct Scene {
  cv::Rect picture;
  std::span<const cv::Rect> faces;
  std::vector<cv::Rect> labels;

  double cost(const cv::Rect& rect, const cv::Rect& own) const {
    double sum = kOwn * (rect & own).area();
    for (const cv::Rect& label : labels) sum += kCovers * (rect & label).area();
    for (const cv::Rect& face : faces) {
      if (face != own) sum += kHides * (rect & face).area();
    }
    return sum;
  }
};

// Above the box, else below, else inside: the first place in the picture that covers nothing, else the one that covers
// least.
void put(Label& label, const cv::Rect& box, const Scene& scene) {
  const cv::Size size = label.size();
  const cv::Rect seen = box & scene.picture;
  const int right = seen.x + seen.width - size.width, middle = seen.x + (seen.width - size.width) / 2;
  const int above = seen.y - size.height, below = seen.y + seen.height;
  const std::array<cv::Point, 8> corners = {
      cv::Point{seen.x, above},  cv::Point{seen.x, below},
      cv::Point{right, above},   cv::Point{right, below},
      cv::Point{middle, above},  cv::Point{middle, below},
      cv::Point{seen.x, seen.y}, cv::Point{seen.x, below - size.height}};
  label.cost = std::numeric_limits<double>::infinity();
  for (const cv::Point corner : corners) {
    cv::Rect rect(corner, size);
    rect.x = std::max(std::min(rect.x, scene.picture.width - rect.width), 0);
    if (rect.y < 0 || rect.y + rect.height > scene.picture.height) continue;
    const double cost = scene.cost(rect, box);
    if (cost >= label.cost) continue;
    label.place = rect;
    label.cost = cost;
    if (cost == 0) return;
  }
  if (!std::isinf(label.cost)) return;
  label.place = {cv::Point{std::clamp(seen.x, 0, std::max(scene.picture.width - size.width, 0)),
                           std::clamp(seen.y, 0, std::max(scene.picture.height - size.height, 0))},
                 size};
}

Label text_label(const std::string& text, const Style& style) {
  return {picture_module().render_text(text, style.font), style.pad(), {}, 0};
}

// As much of a name as fits, three letters at least.
Label narrow_label(const std::string& name, const Style& style, int width) {
  std::vector<std::size_t> starts;  // of its letters
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (begins_letter(name[i])) starts.push_back(i);
  }
  Label label = text_label(name, style);
  for (std::size_t kept = starts.size(); kept > 3 && label.size().width > width;)
    label = text_label(name.substr(0, starts[--kept]) + "..", style);
  return label;
}

Label label_for(const RecognizedFace& face, const cv::Rect& box, Style style, const Scene& scene) {
  Label label = text_label(label_of(face), style);
  put(label, box, scene);
  if (label.cost == 0) return label;
  style.font = style.smallest;
  Label narrow = narrow_label(name_on(face), style, static_cast<int>(kNarrow * box.width));
  put(narrow, box, scene);
  return narrow.cost < label.cost ? narrow : label;
}

void draw_label(cv::Mat& image, const cv::Rect& rect, const cv::Mat& mask, int pad,
                const cv::Scalar& colour) {
  const cv::Rect visible = rect & cv::Rect({0, 0}, image.size());
  for (int y = visible.y; y < visible.y + visible.height; ++y) {
    auto* row = image.ptr<cv::Vec3b>(y);
    const int mask_y = y - rect.y - pad;
    const uchar* ink_row = mask_y >= 0 && mask_y < mask.rows ? mask.ptr(mask_y) : nullptr;
    for (int x = visible.x; x < visible.x + visible.width; ++x) {
      const int mask_x = x - rect.x - pad;
      const double ink =
          ink_row != nullptr && mask_x >= 0 && mask_x < mask.cols ? ink_row[mask_x] / 255.0 : 0;
      for (int c = 0; c < 3; ++c)
        row[x][c] = cv::saturate_cast<uchar>(row[x][c] * kShade * (1 - ink) + colour[c] * ink);
    }
  }
}

}  // namespace

void draw_faces(cv::Mat& image, std::span<const RecognizedFace> faces) {
  const cv::Rect picture({0, 0}, image.size());
  std::vector<cv::Rect> boxes;
  for (const RecognizedFace& face : faces) boxes.emplace_back(face.face.box);
  std::vector<std::size_t> order;  // the largest chooses its label's place first
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if ((boxes[i] & picture).empty()) continue;
    order.push_back(i);
    const int line = is_unclear(faces[i]) ? 1 : style_for(image, boxes[i]).line;
    cv::rectangle(image, boxes[i] & picture, colour_of(faces[i]), line, cv::LINE_AA);
  }
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return boxes[i].area(); });
  Scene scene{picture, boxes, {}};
  for (const std::size_t i : order) {
    if (is_unclear(faces[i])) continue;
    const Label label = label_for(faces[i], boxes[i], style_for(image, boxes[i]), scene);
    scene.labels.push_back(label.place);
    draw_label(image, label.place, label.mask, label.pad, colour_of(faces[i]));
  }
}

}  // namespace kith

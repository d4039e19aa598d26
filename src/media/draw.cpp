// Boxes and labels.
#include <kith/sink.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <vector>

#include "media/modules.h"

namespace kith {
namespace {

const cv::Scalar kKnown{110, 230, 90};     // green
const cv::Scalar kUnknown{60, 170, 255};   // orange
const cv::Scalar kUnclear{150, 150, 150};  // grey
constexpr double kShade = 0.35;            // what is left of the picture under a label

struct Style {
  int line = 1;   // px
  int font = 12;  // px
  int pad = 3;    // px around the text
};

// Sizes follow the picture, so that a 4K frame scaled to a screen reads like a small one; and stay below the
// face's own size.
Style style_for(const cv::Mat& image, const cv::Rect& box) {
  const double side = std::min(image.cols, image.rows);
  const double face = std::max(box.width, box.height);
  Style style;
  style.line = std::max(1, static_cast<int>(std::lround(std::min(side / 360, std::max(face / 25, 1.0)))));
  const double smallest = std::max(11.0, side / 45);
  const double largest = std::max(smallest, side / 22);
  style.font = static_cast<int>(std::lround(std::clamp(face / 5, smallest, largest)));
  style.pad = std::max(2, style.font / 5);
  return style;
}

bool is_unclear(const RecognizedFace& face) { return face.identity.state == IdentityState::kUnclear; }

cv::Scalar colour_of(const RecognizedFace& face) {
  if (face.identity.name) return kKnown;
  return is_unclear(face) ? kUnclear : kUnknown;
}

std::string label_of(const RecognizedFace& face) {
  if (!face.identity.name) return "unknown";
  std::string text = *face.identity.name;
  std::replace(text.begin(), text.end(), '_', ' ');
  char confidence[16];
  std::snprintf(confidence, sizeof confidence, " %.2f", static_cast<double>(face.identity.confidence));
  return text + confidence;
}

// Above the box, else below, else inside; the first place that lies in the picture and on no other label.
cv::Rect place(cv::Size size, const cv::Rect& box, const cv::Rect& picture,
               const std::vector<cv::Rect>& taken) {
  const int right = box.x + box.width - size.width;
  const std::array<cv::Point, 6> corners = {cv::Point{box.x, box.y - size.height},
                                            cv::Point{box.x, box.y + box.height},
                                            cv::Point{right, box.y - size.height},
                                            cv::Point{right, box.y + box.height},
                                            cv::Point{box.x, box.y},
                                            cv::Point{box.x, box.y + box.height - size.height}};
  std::optional<cv::Rect> first;
  for (const cv::Point corner : corners) {
    cv::Rect rect(corner, size);
    rect.x = std::max(std::min(rect.x, picture.width - rect.width), 0);
    if (rect.y < 0 || rect.y + rect.height > picture.height) continue;
    if (!first) first = rect;
    const auto overlaps = [&rect](const cv::Rect& other) { return (rect & other).area() > 0; };
    if (std::none_of(taken.begin(), taken.end(), overlaps)) return rect;
  }
  if (first) return *first;
  return {cv::Point{std::clamp(box.x, 0, std::max(picture.width - size.width, 0)),
                    std::clamp(box.y, 0, std::max(picture.height - size.height, 0))},
          size};
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
  std::vector<cv::Rect> boxes, taken;
  for (const RecognizedFace& face : faces) boxes.emplace_back(face.face.box);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if ((boxes[i] & picture).empty()) continue;
    const int line = is_unclear(faces[i]) ? 1 : style_for(image, boxes[i]).line;
    cv::rectangle(image, boxes[i] & picture, colour_of(faces[i]), line, cv::LINE_AA);
  }
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const cv::Rect visible = boxes[i] & picture;
    if (visible.empty() || is_unclear(faces[i])) continue;
    const Style style = style_for(image, boxes[i]);
    const cv::Mat mask = picture_module().render_text(label_of(faces[i]), style.font);
    const cv::Rect label =
        place({mask.cols + 2 * style.pad, mask.rows + 2 * style.pad}, visible, picture, taken);
    taken.push_back(label);
    draw_label(image, label, mask, style.pad, colour_of(faces[i]));
  }
}

}  // namespace kith

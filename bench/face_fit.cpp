// Constants of src/face/face_probability.cpp, fitted: which detections are faces (docs/accuracy.md, "Is it a face?").
// usage: face_fit --faces DIR... --no-faces DIR... --data DIR --frames DIR
// Every picture of --faces shows one face or several, which the detector is sure of at full size; those faces are then
// looked for again in smaller, blurred, tilted, cut and enlarged copies. What lies on one of them is a face, what shows
// only a part of one is none, and what lies elsewhere does not count, unless face_labels.tsv says what it is: somebody has
// looked at these. In pictures of --no-faces nothing is a face. The detector tells what it is hardly sure of too.
#include <fmt/ranges.h>
#include <kith/aligner.h>
#include <kith/detector.h>
#include <kith/frame.h>
#include <kith/landmarks.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <sstream>
#include <thread>

#include "core/files.h"
#include "core/parallel.h"
#include "logistic_fit.h"
#include "model/catalog.h"

namespace {

using namespace kith;
namespace fs = std::filesystem;

/// A detection with what is known of it.
struct Case {
  bool is_face = false;
  float score = 0;
  LandmarkFit fit;
};

/// A copy of a picture, and where the picture's points are in it.
struct Copy {
  std::string name;
  cv::Mat image;
  cv::Matx23f map;
};

cv::Matx23f scaling(float s) { return {s, 0, s / 2 - 0.5F, 0, s, s / 2 - 0.5F}; }

Copy scaled(const cv::Mat& image, float scale, const std::string& name) {
  Copy copy{name, {}, scaling(scale)};
  cv::resize(image, copy.image, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return copy;
}

Copy blurred(Copy copy, double sigma) {
  cv::GaussianBlur(copy.image, copy.image, {}, sigma);
  copy.name += fmt::format(" blur {}", sigma);
  return copy;
}

Copy tilted(const cv::Mat& image, double degrees) {
  const cv::Point2f middle(static_cast<float>(image.cols) / 2, static_cast<float>(image.rows) / 2);
  const cv::Mat map = cv::getRotationMatrix2D(middle, degrees, 1);
  Copy copy{fmt::format("tilt {}", degrees), {}, cv::Matx23f(cv::Mat_<float>(map))};
  cv::warpAffine(image, copy.image, map, image.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return copy;
}

cv::Rect2f moved(const cv::Rect2f& box, const cv::Matx23f& map) {
  const cv::Point2f middle = (box.tl() + box.br()) * 0.5F;
  const float scale = std::hypot(map(0, 0), map(1, 0));
  const cv::Vec2f at = map * cv::Vec3f(middle.x, middle.y, 1);
  const cv::Size2f size(box.width * scale, box.height * scale);
  return {{at[0] - size.width / 2, at[1] - size.height / 2}, size};
}

/// Cuts a quarter of the face away, at one of the four sides.
Copy cut(const cv::Mat& image, const cv::Rect2f& face, int side) {
  cv::Rect2f keep({0, 0}, cv::Size2f(image.size()));
  if (side == 0) keep.x = face.x + face.width / 4, keep.width -= keep.x;
  if (side == 1) keep.width = face.x + face.width * 3 / 4;
  if (side == 2) keep.y = face.y + face.height / 4, keep.height -= keep.y;
  if (side == 3) keep.height = face.y + face.height * 3 / 4;
  const cv::Rect whole = cv::Rect(keep) & cv::Rect({0, 0}, image.size());
  if (whole.width < 12 || whole.height < 12) return {};
  return {fmt::format("cut {}", side),
          image(whole).clone(),
          {1, 0, -static_cast<float>(whole.x), 0, 1, -static_cast<float>(whole.y)}};
}

std::vector<Copy> face_copies(const cv::Mat& image, const Face& largest, std::size_t index) {
  std::vector<Copy> copies{scaled(image, 1, "whole")};
  for (const float px : {22.0F, 32.0F, 56.0F}) {
    const float scale = px / largest.box.width;
    if (scale >= 1) continue;
    copies.push_back(scaled(image, scale, fmt::format("{} px", px)));
    if (px > 30) copies.push_back(blurred(scaled(image, scale, fmt::format("{} px", px)), px / 24));
  }
  copies.push_back(tilted(image, index % 2 == 0 ? 30 : -40));
  copies.push_back(cut(image, largest.box, static_cast<int>(index % 4)));
  const float larger = std::min(4.0F, 1500.0F / static_cast<float>(std::max(image.cols, image.rows)));
  if (larger > 1.5F) copies.push_back(scaled(image, larger, "enlarged"));
  return copies;
}

std::vector<Copy> empty_copies(const cv::Mat& image) {
  std::vector<Copy> copies;
  for (const int turn : {0, 2}) {
    cv::Mat turned;
    if (turn > 0) cv::rotate(image, turned, turn - 1);
    if (turn == 0) turned = image.clone();
    copies.push_back({fmt::format("turn {}", turn), turned, {}});
    cv::Mat mirrored;
    cv::flip(turned, mirrored, 1);
    copies.push_back({fmt::format("turn {} mirrored", turn), mirrored, {}});
  }
  return copies;
}

/// The networks, with a detector that tells what it is hardly sure of.
struct Networks {
  std::shared_ptr<Runtime> runtime = Runtime::create({1, "cpu"});
  std::unique_ptr<Detector> detector =
      Detector::open({model::resolve_model("mtcnn"), kSmallestFace, 0.3F}, runtime);
  LandmarkRefiner refiner{model::resolve_model("landmarks-68"), runtime};
};

/// @param judge  whether it is a face; nullopt: nobody knows.
using Judge = std::function<std::optional<bool>(const Face&)>;

void add(const Networks& networks, const cv::Mat& image, const Judge& judge, std::vector<Case>& cases) {
  if (image.empty()) return;
  std::vector<Face> faces = networks.detector->detect(image);
  std::vector<std::optional<bool>> verdicts;
  for (const Face& face : faces) verdicts.push_back(judge(face));
  const std::vector<LandmarkFit> fits = networks.refiner.refine(image, faces);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (verdicts[i]) cases.push_back({*verdicts[i], faces[i].score, fits[i]});
  }
}

/// nullopt: nobody knows.
std::optional<bool> lies_on(const Face& face, const std::vector<Face>& truths, const cv::Matx23f& map) {
  bool touches = false;
  for (const Face& truth : truths) {
    const cv::Rect2f box = moved(truth.box, map);
    if (iou(box, face.box) >= 0.4F) return true;
    const float inside = (box & face.box).area() / face.box.area();
    touches = touches || (inside > 0.8F && face.box.area() < 0.2F * box.area());
  }
  if (touches) return false;
  return std::nullopt;
}

constexpr float kSure = 0.99F;
constexpr float kLargeEnough = 40;  // px

std::vector<Case> cases_with_faces(const Networks& networks, const fs::path& path, std::size_t index) {
  const cv::Mat image = read_image(path);
  std::vector<Face> truths = networks.detector->detect(image, 20);
  std::erase_if(truths, [](const Face& face) { return face.score < kSure || face.box.width < kLargeEnough; });
  std::vector<Case> cases;
  if (truths.empty()) return cases;
  const Face largest = truths[main_face(truths, image.size())];
  for (const Copy& copy : face_copies(image, largest, index))
    add(
        networks, copy.image, [&](const Face& f) { return lies_on(f, truths, copy.map); }, cases);
  return cases;
}

std::vector<Case> cases_without(const Networks& networks, const fs::path& path) {
  std::vector<Case> cases;
  for (const Copy& copy : empty_copies(read_image(path)))
    add(
        networks, copy.image, [](const Face&) { return false; }, cases);
  return cases;
}

/// What somebody said of boxes of one picture.
using Labels = std::map<std::string, std::vector<std::pair<cv::Rect2f, bool>>>;

Labels read_labels(const std::string& path) {
  Labels labels;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::string picture;
    cv::Rect2f box;
    char comma = 0;
    int is_face = 0;
    in >> picture >> box.x >> comma >> box.y >> comma >> box.width >> comma >> box.height >> is_face;
    labels[picture].emplace_back(box, is_face == 1);
  }
  return labels;
}

std::vector<Case> labelled_cases(const Networks& networks, const Labels& labels, const fs::path& data,
                                 const fs::path& frames) {
  std::vector<Case> cases;
  for (const auto& [name, boxes] : labels) {
    const fs::path path = (name.find('/') == std::string::npos ? frames : data) / name;
    const Judge judge = [&boxes = boxes](const Face& face) -> std::optional<bool> {
      for (const auto& [box, is_face] : boxes) {
        if (iou(box, face.box) > 0.7F) return is_face;
      }
      return std::nullopt;
    };
    add(networks, read_image(path), judge, cases);
  }
  return cases;
}

void report(const char* name, const std::vector<Case>& cases,
            const std::function<std::vector<double>(const Case&)>& known) {
  constexpr double kDetected = 0.7;  // MTCNN's own limit: what it is less sure of is only fitted on
  std::vector<std::vector<double>> rows;
  for (const Case& one : cases) rows.push_back(known(one));
  std::vector<double> faces_are;
  for (const Case& one : cases) faces_are.push_back(one.is_face ? 1 : 0);
  const std::vector<double> w = fit_logistic(rows, faces_are);
  fmt::print("{}: {:.3f}\n", name, fmt::join(w, ", "));
  for (const double limit : {0.5, 0.7, 0.9}) {
    int kept = 0, lost = 0, faces = 0, others = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (cases[i].score < kDetected) continue;
      const double odds = w[0] + std::inner_product(rows[i].begin(), rows[i].end(), w.begin() + 1, 0.0);
      const bool taken = 1 / (1 + std::exp(-odds)) >= limit;
      ++(cases[i].is_face ? faces : others);
      if (cases[i].is_face && !taken) ++lost;
      if (!cases[i].is_face && taken) ++kept;
    }
    fmt::print("  limit {}: {} of {} faces lost, {} of {} others kept\n", limit, lost, faces, kept, others);
  }
}

double sure(const Case& one) { return -std::log(std::max(1 - one.score, 1e-5F)); }
double logarithm(float value) { return std::log(std::max(value, 1e-3F)); }

std::vector<fs::path> pictures_in(const std::vector<std::string>& folders) {
  std::vector<fs::path> all;
  for (const std::string& folder : folders) {
    if (!fs::is_directory(folder)) {
      all.emplace_back(folder);
      continue;
    }
    for (const fs::path& path : list_photos(folder).pictures) all.push_back(path);
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app;
  std::vector<std::string> with, without;
  std::string data, frames;
  app.add_option("--faces", with)->required();
  app.add_option("--no-faces", without)->required();
  app.add_option("--data", data, "where the labels' photos are")->required();
  app.add_option("--frames", frames,
                 "hamilton001.png, street001.png, ...: ffmpeg -i FILM -vf fps=1.5 FILM%03d.png")
      ->required();
  CLI11_PARSE(app, argc, argv);
  const Networks networks;
  const std::vector<fs::path> faces = pictures_in(with), nothing = pictures_in(without);
  std::vector<std::vector<Case>> found(faces.size() + nothing.size());
  const std::atomic<bool> stop = false;
  const auto workers = static_cast<int>(std::thread::hardware_concurrency());
  for_each_in_parallel(found.size(), workers, stop, [&](std::size_t i) {
    found[i] = i < faces.size() ? cases_with_faces(networks, faces[i], i)
                                : cases_without(networks, nothing[i - faces.size()]);
  });
  const Labels labels = read_labels(KITH_SOURCE_DIR "/bench/face_labels.tsv");
  std::vector<Case> cases = labelled_cases(networks, labels, data, frames);
  for (const auto& some : found) cases.insert(cases.end(), some.begin(), some.end());
  fmt::print("{} cases, {} faces\n", cases.size(), std::ranges::count(cases, true, &Case::is_face));
  using Known = std::vector<double>;
  report("score, moved, swims", cases, [](const Case& c) {
    return Known{sure(c), logarithm(c.fit.moved), logarithm(c.fit.swims)};
  });
  report("moved, swims", cases, [](const Case& c) {
    return Known{logarithm(c.fit.moved), logarithm(c.fit.swims)};
  });
  report("score", cases, [](const Case& c) { return Known{sure(c)}; });
}

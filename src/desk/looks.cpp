#include "desk/looks.h"

#include <kith/aligner.h>
#include <kith/error.h>

#include <chrono>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "media/image_file.h"

namespace kith {
namespace {

using Clock = std::chrono::steady_clock;

// Since the last call, or since it was made.
class Stopwatch {
 public:
  double ms() {
    const Clock::time_point before = std::exchange(since_, Clock::now());
    return std::chrono::duration<double, std::milli>(since_ - before).count();
  }

 private:
  Clock::time_point since_ = Clock::now();
};

// Somebody else has aligned it: it is looked at as it is, at the size that the embedder wants.
SeenFace see_chip(const Embedder& embedder, const cv::Mat& image) {
  SeenFace seen;
  seen.face.box = cv::Rect2f({0, 0}, cv::Size2f(image.size()));
  seen.face.score = 1;
  cv::resize(image, seen.chip, embedder.geometry().size, 0, 0, cv::INTER_AREA);
  std::vector<float> norms;
  seen.embedding = std::move(embedder.embed({&seen.chip, 1}, norms).front());
  seen.norm = norms.front();
  seen.quality = 1;
  return seen;
}

}  // namespace

const SeenFace* main_face(const LookedAt& photo) {
  if (photo.faces.empty()) return nullptr;
  std::vector<Face> faces;
  for (const SeenFace& seen : photo.faces) faces.push_back(seen.face);
  return &photo.faces[main_face(faces, photo.size)];
}

LookedAt look_at(const Stages& stages, std::string_view bytes, const std::string& name, const LookAt& how) {
  Stopwatch watch;
  const cv::Mat image = decode_image(bytes, name, how.max_pixels);
  LookedAt result;
  result.size = image.size();
  result.decode_ms = watch.ms();
  if (how.is_chip) {
    result.faces.push_back(see_chip(stages.embedder(), image));
    result.embed_ms = watch.ms();
    return result;
  }
  const std::vector<Face> faces = stages.detect(image);
  result.detect_ms = watch.ms();
  if (how.embed) {
    result.faces = stages.see(image, faces);
  } else {
    for (const Face& face : faces) result.faces.emplace_back().face = face;
  }
  result.embed_ms = watch.ms();
  return result;
}

}  // namespace kith

#include "recognise/sparse_detection.h"

#include <utility>

#include "face/face_motion.h"

namespace kith {
namespace {

// A face narrower than this share of the picture's height is not worth a look of its own: on the edge of what
// a detector finds, such faces come and go at every frame.
constexpr float kSpecks = 30;

float share(double from_ms, double to_ms, double time_ms) {
  return to_ms > from_ms ? static_cast<float>((time_ms - from_ms) / (to_ms - from_ms)) : 1.0F;
}

}  // namespace

SparseDetection::SparseDetection(std::function<std::optional<Frame>()> frames,
                                 std::function<std::vector<Face>(const cv::Mat&)> detect,
                                 const SparseDetectionOptions& options)
    : frames_(std::move(frames)), detect_(std::move(detect)), options_(options) {}

std::optional<Detected> SparseDetection::next() {
  if (ready_.empty()) read_ahead();
  if (ready_.empty()) return std::nullopt;
  Detected item = std::move(ready_.front());
  ready_.pop_front();
  return item;
}

void SparseDetection::look(Detected& item) {
  item.faces = detect_(item.frame.image);
  item.detected = true;
}

std::optional<SparseDetection::Item> SparseDetection::read() {
  std::optional<Frame> frame = frames_();
  if (!frame) return std::nullopt;
  if (frame->failure) {
    scene_ = {};
    return Item{{.frame = std::move(*frame), .faces = {}, .origins = {}, .detected = true}, true};
  }
  Item item{{.frame = std::move(*frame), .faces = {}, .origins = {}, .detected = false}, false};
  if (options_.every <= 1) return item;
  const cv::Mat& image = item.frame.frame.image;
  speck_px_ = static_cast<float>(image.rows) / kSpecks;
  Scene scene = scene_of(image);
  item.new_scene = !same_scene(scene_, scene);
  scene_ = std::move(scene);
  return item;
}

void SparseDetection::read_ahead() {
  std::optional<Item> item = waiting_ ? std::exchange(waiting_, std::nullopt) : read();
  if (!item) return;
  if (item->new_scene) last_ = before_last_ = std::nullopt;
  ready_.push_back(std::move(item->frame));
  Detected& first = ready_.front();
  if (first.frame.failure) return;
  if (!options_.look_ahead) return track_on(first);
  if (!last_ || options_.every <= 1) {
    look(first);
    last_ = Look{first.frame.time_ms, first.faces};
    return;
  }
  while (ready_.size() < static_cast<std::size_t>(options_.every)) {
    waiting_ = read();
    if (!waiting_ || waiting_->new_scene || !is_near(waiting_->frame.frame.time_ms)) break;
    ready_.push_back(std::move(waiting_->frame));
    waiting_.reset();
  }
  look(ready_.back());
  const std::size_t back = ready_.size() - 1;
  const std::optional<Expected> expected = go_on(ready_[back].frame.time_ms);
  const bool as_before = !expected || only_moved(expected->faces, ready_[back].faces, speck_px_);
  if (as_before || back == 0) {
    resolve(*last_, 0, back);
  } else {
    halve(*last_, 0, back);  // a face turned round
  }
  before_last_ = std::exchange(last_, Look{ready_[back].frame.time_ms, ready_[back].faces});
}

// The faces as they would be if they went on as between the last two looks; nullopt where they did not only
// move.
std::optional<SparseDetection::Expected> SparseDetection::go_on(double time_ms) const {
  if (!before_last_ || !last_) return std::nullopt;
  const auto became = only_moved(before_last_->faces, last_->faces, speck_px_);
  if (!became) return std::nullopt;
  const float at = share(before_last_->time_ms, last_->time_ms, time_ms);
  Expected expected;
  for (const auto& [was, is] : *became) {
    expected.faces.push_back(between(before_last_->faces[was], last_->faces[is], at));
    expected.was.push_back(is);
  }
  return expected;
}

// ready_[last] has been looked at, `before` lies just before ready_[first].
void SparseDetection::resolve(const Look& before, std::size_t first, std::size_t last) {
  const Look after{ready_[last].frame.time_ms, ready_[last].faces};
  const auto became = only_moved(before.faces, after.faces, speck_px_);
  if (!became) {
    if (first < last) halve(before, first, last);
    return;
  }
  ready_[last].origins.resize(after.faces.size());
  for (std::size_t k = 0; k < became->size(); ++k) {
    const auto& [was, is] = (*became)[k];
    for (std::size_t i = first; i < last; ++i) {
      const float at = share(before.time_ms, after.time_ms, ready_[i].frame.time_ms);
      ready_[i].faces.push_back(between(before.faces[was], after.faces[is], at));
      ready_[i].origins.emplace_back(i == first ? was : k);
    }
    ready_[last].origins[is] = first == last ? was : k;
  }
}

void SparseDetection::halve(const Look& before, std::size_t first, std::size_t last) {
  const std::size_t middle = first + (last - first) / 2;
  look(ready_[middle]);
  const Look half{ready_[middle].frame.time_ms, ready_[middle].faces};
  resolve(before, first, middle);
  resolve(half, middle + 1, last);
}

void SparseDetection::track_on(Detected& item) {
  std::optional<Expected> expected = go_on(item.frame.time_ms);
  if (may_go_on(item.frame.time_ms, expected)) {
    ++skipped_;
    std::vector<Origin> here(last_->faces.size());
    for (std::size_t k = 0; k < expected->faces.size(); ++k) {
      item.origins.push_back(here_[expected->was[k]]);
      here[expected->was[k]] = k;
    }
    item.faces = std::move(expected->faces);
    here_ = std::move(here);
    return;
  }
  look(item);
  item.origins = origins_of(item, expected);
  skipped_ = 0;
  before_last_ = std::exchange(last_, Look{item.frame.time_ms, item.faces});
  here_.resize(item.faces.size());
  for (std::size_t i = 0; i < here_.size(); ++i) here_[i] = i;
}

// Not for long, not far from where they were, and not where they may be taken for each other.
bool SparseDetection::may_go_on(double time_ms, const std::optional<Expected>& expected) const {
  return expected && skipped_ + 1 < options_.every && is_near(time_ms) &&
         only_moved(last_->faces, expected->faces, speck_px_);
}

// After a look: which faces are where they were expected, or where they were.
std::vector<Origin> SparseDetection::origins_of(const Detected& item,
                                                const std::optional<Expected>& expected) const {
  if (!last_) return {};
  std::vector<Origin> origins(item.faces.size());
  if (const auto became = expected ? only_moved(expected->faces, item.faces, speck_px_) : std::nullopt) {
    for (const auto& [was, is] : *became) origins[is] = here_[expected->was[was]];
  } else if (const auto stayed = only_moved(last_->faces, item.faces, speck_px_)) {
    for (const auto& [was, is] : *stayed) origins[is] = here_[was];
  }
  return origins;
}

bool SparseDetection::is_near(double time_ms) const {
  return last_ && time_ms >= last_->time_ms && time_ms - last_->time_ms <= options_.reach_ms;
}

}  // namespace kith

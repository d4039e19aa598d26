#include <kith/embedder.h>
#include <kith/tracker.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>

namespace kith {
namespace {

struct Track {
  cv::Rect2f box;        // last seen
  cv::Point2f velocity;  // of the box centre, px a millisecond
  double seen_ms = 0;
  std::int64_t embedded = -1;  // frame index of the last evidence
  int evidence = 0;            // how many embeddings stand behind it
  float best = 0;              // largest face embedded so far, px of the shorter side
  float best_quality = 0;      // of the evidence
  int contradictions = 0;      // pieces of evidence in a row that disagreed
  Embedding sum;               // quality-weighted
  Embedding fused;
};

// A new track is embedded on each of its first frames: the name should be right early.
constexpr int kFirstEvidence = 3;
// A face that grew by this much since its best evidence is worth another look.
constexpr float kGrown = 1.25F;
// Evidence that disagrees and is this much poorer than the track's best is passed over, unless it comes again
// and again.
constexpr float kPoorer = 0.5F;
constexpr int kPatience = 3;

float shorter(const cv::Rect2f& box) { return std::min(box.width, box.height); }

cv::Point2f centre(const cv::Rect2f& box) { return {box.x + box.width / 2, box.y + box.height / 2}; }

cv::Rect2f predict(const Track& track, double time_ms) {
  // Constant velocity, damped: after a quarter of a second of absence the motion is not trusted any more.
  const auto dt = static_cast<float>(std::min(time_ms - track.seen_ms, 250.0));
  return {track.box.x + track.velocity.x * dt, track.box.y + track.velocity.y * dt, track.box.width,
          track.box.height};
}

// A picture so small that only a change of scene alters it much.
cv::Mat thumbnail(const cv::Mat& image) {
  cv::Mat grey;
  cv::Mat small;
  cv::resize(image, small, {32, 18}, 0, 0, cv::INTER_AREA);
  cv::cvtColor(small, grey, cv::COLOR_BGR2GRAY);
  grey.convertTo(grey, CV_32F);
  return grey;
}

// Normalised correlation of two thumbnails; 1 for the same scene, near 0 for unrelated ones.
double correlation(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat da = a - cv::mean(a)[0];
  cv::Mat db = b - cv::mean(b)[0];
  const double scale = cv::norm(da) * cv::norm(db);
  return scale > 1e-6 ? da.dot(db) / scale : 1.0;
}

}  // namespace

struct Tracker::Impl {
  TrackerOptions options;
  std::map<int, Track> tracks;
  std::map<int, std::size_t> current;  // tracks of this frame -> index of their face
  std::vector<cv::Rect2f> boxes;       // of this frame's faces
  int next_id = 1;
  std::string source;
  std::int64_t index = -1;
  double time_ms = 0;
  cv::Mat scene;

  // Below this the scenes of two successive frames have nothing in common: pans and zooms stay above 0.7,
  // measured on samples/gallery.mp4; cuts between shots of one room lie around 0.2.
  static constexpr double kSameScene = 0.5;

  bool continues(const Frame& frame) {
    cv::Mat now = thumbnail(frame.image);
    const bool same = frame.source == source && frame.index > index && !scene.empty() &&
                      correlation(scene, now) >= kSameScene;
    scene = now;
    source = frame.source;
    index = frame.index;
    time_ms = frame.time_ms;
    return same;
  }

  int start(const cv::Rect2f& box) {
    const int id = next_id++;
    Track& track = tracks[id];
    track.box = box;
    track.seen_ms = time_ms;
    return id;
  }

  void move(Track& track, const cv::Rect2f& box) const {
    const double dt = time_ms - track.seen_ms;
    if (dt > 0) {
      const cv::Point2f step = (centre(box) - centre(track.box)) / static_cast<float>(dt);
      track.velocity = track.velocity * 0.5F + step * 0.5F;
    }
    track.box = box;
    track.seen_ms = time_ms;
  }

  // Pairs of track and face, best overlap first.
  std::vector<int> associate(std::span<const Face> faces) {
    struct Pair {
      float overlap;
      int track;
      std::size_t face;
    };
    std::vector<Pair> pairs;
    for (const auto& [id, track] : tracks) {
      const cv::Rect2f expected = predict(track, time_ms);
      for (std::size_t f = 0; f < faces.size(); ++f) {
        const float overlap = std::max(iou(expected, faces[f].box), iou(track.box, faces[f].box));
        if (overlap >= options.min_overlap) pairs.push_back({overlap, id, f});
      }
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.overlap > b.overlap; });
    std::vector<int> owner(faces.size(), 0);
    current.clear();
    for (const Pair& pair : pairs) {
      if (owner[pair.face] != 0 || current.contains(pair.track)) continue;
      owner[pair.face] = pair.track;
      current[pair.track] = pair.face;
    }
    return owner;
  }

  bool wants_embedding(const Track& track) const {
    return track.evidence < kFirstEvidence || index - track.embedded >= options.evidence_every ||
           shorter(track.box) > track.best * kGrown;
  }
};

Tracker::Tracker(const TrackerOptions& options) : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
}
Tracker::~Tracker() = default;
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;

std::vector<TrackedFace> Tracker::update(const Frame& frame, std::span<const Face> faces) {
  Impl& impl = *impl_;
  if (!impl.continues(frame)) impl.tracks.clear();
  std::erase_if(impl.tracks, [&](const auto& entry) {
    return frame.time_ms - entry.second.seen_ms > impl.options.max_gap_ms;
  });
  std::vector<int> owner = impl.associate(faces);
  impl.boxes.clear();
  std::vector<TrackedFace> tracked;
  for (std::size_t f = 0; f < faces.size(); ++f) {
    impl.boxes.push_back(faces[f].box);
    if (owner[f] == 0) {
      owner[f] = impl.start(faces[f].box);
      impl.current[owner[f]] = f;
    } else {
      impl.move(impl.tracks[owner[f]], faces[f].box);
    }
    tracked.push_back({owner[f], impl.wants_embedding(impl.tracks[owner[f]])});
  }
  return tracked;
}

int Tracker::add_evidence(int id, const Embedding& embedding, float quality) {
  Impl& impl = *impl_;
  Track* track = &impl.tracks.at(id);
  if (track->evidence > 0 && similarity(track->fused, embedding) < impl.options.same_person) {
    track->embedded = impl.index;
    if (quality < kPoorer * track->best_quality && ++track->contradictions < kPatience) return id;
    const std::size_t face = impl.current.at(id);
    impl.tracks.erase(id);
    impl.current.erase(id);
    id = impl.start(impl.boxes[face]);
    impl.current[id] = face;
    track = &impl.tracks.at(id);
  }
  track->contradictions = 0;
  track->best_quality = std::max(track->best_quality, quality);
  if (track->sum.empty()) track->sum.assign(embedding.size(), 0.0F);
  const float weight = std::max(quality * quality, 1e-4F);  // a few good looks outweigh many poor ones
  for (std::size_t i = 0; i < embedding.size(); ++i) track->sum[i] += weight * embedding[i];
  track->fused = track->sum;
  normalise(track->fused);
  track->embedded = impl.index;
  track->best = std::max(track->best, shorter(track->box));
  ++track->evidence;
  return id;
}

const Embedding& Tracker::fused(int track) const { return impl_->tracks.at(track).fused; }

}  // namespace kith

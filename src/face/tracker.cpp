#include <kith/embedder.h>
#include <kith/tracker.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "face/scene.h"
#include "face/track_history.h"

namespace kith {
namespace {

struct Track {
  TrackHistory history;
  cv::Rect2f box;        // last seen
  cv::Point2f velocity;  // of the box centre, px a millisecond
  double before_ms = 0;  // when it was seen before its last frame
  std::int64_t before_frame = 0;
  std::int64_t embedded = -1;  // frame index of the last evidence
  float largest = 0;           // face embedded so far, px of the shorter side
  int contradictions = 0;      // pieces of evidence in a row that disagreed
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
  const auto dt = static_cast<float>(std::min(time_ms - track.history.last_ms, 250.0));
  return {track.box.x + track.velocity.x * dt, track.box.y + track.velocity.y * dt, track.box.width,
          track.box.height};
}

}  // namespace

struct Tracker::Impl {
  TrackerOptions options;
  std::map<int, Track> tracks;
  std::map<int, std::size_t> current;  // tracks of this frame -> index of their face
  std::vector<cv::Rect2f> boxes;       // of this frame's faces
  std::vector<int> owners;             // their tracks
  std::vector<TrackHistory> ended;
  int next_id = 1;
  std::string source;
  std::int64_t index = -1;
  double time_ms = 0;
  Scene scene;

  bool continues(const Frame& frame) {
    Scene now = scene_of(frame.image);
    const bool same = frame.source == source && frame.index > index && same_scene(scene, now);
    scene = std::move(now);
    source = frame.source;
    index = frame.index;
    time_ms = frame.time_ms;
    return same;
  }

  int start(const cv::Rect2f& box) {
    const int id = next_id++;
    Track& track = tracks[id];
    track.history.id = id;
    track.history.source = source;
    track.history.first_ms = track.history.last_ms = track.before_ms = time_ms;
    track.history.first_frame = track.history.last_frame = track.before_frame = index;
    track.history.frames = 1;
    track.box = box;
    return id;
  }

  void move(Track& track, const cv::Rect2f& box) const {
    TrackHistory& history = track.history;
    const double dt = time_ms - history.last_ms;
    if (dt > 0) {
      const cv::Point2f step = (centre(box) - centre(track.box)) / static_cast<float>(dt);
      track.velocity = track.velocity * 0.5F + step * 0.5F;
    }
    track.box = box;
    track.before_ms = history.last_ms;
    track.before_frame = history.last_frame;
    history.last_ms = time_ms;
    history.last_frame = index;
    ++history.frames;
  }

  void end(std::map<int, Track>::iterator track) {
    ended.push_back(std::move(track->second.history));
    tracks.erase(track);
  }

  void end_all() {
    while (!tracks.empty()) end(tracks.begin());
  }

  void end_lost() {
    for (auto track = tracks.begin(); track != tracks.end();) {
      const auto next = std::next(track);
      if (time_ms - track->second.history.last_ms > options.max_gap_ms) end(track);
      track = next;
    }
  }

  // The face of this frame was someone else's: the track ended before it.
  int replace(int id) {
    const std::size_t face = current.at(id);
    const auto track = tracks.find(id);
    TrackHistory& history = track->second.history;
    history.last_ms = track->second.before_ms;
    history.last_frame = track->second.before_frame;
    --history.frames;
    end(track);
    current.erase(id);
    const int other = start(boxes[face]);
    current[other] = face;
    owners[face] = other;
    return other;
  }

  float overlap(const Track& track, const cv::Rect2f& box) const {
    return std::max(iou(predict(track, time_ms), box), iou(track.box, box));
  }

  // What is known comes before what overlaps.
  std::vector<int> associate(std::span<const Face> faces, std::span<const Origin> origins) {
    std::vector<int> owner(faces.size(), 0);
    current.clear();
    for (std::size_t f = 0; f < std::min(faces.size(), origins.size()); ++f) {
      if (!origins[f] || *origins[f] >= owners.size()) continue;
      const int id = owners[*origins[f]];
      if (tracks.contains(id) && current.try_emplace(id, f).second) owner[f] = id;
    }
    guess(faces, owner);
    return owner;
  }

  // Pairs of track and face that are left, best overlap first.
  void guess(std::span<const Face> faces, std::vector<int>& owner) {
    struct Pair {
      float overlap;
      int track;
      std::size_t face;
    };
    std::vector<Pair> pairs;
    for (const auto& [id, track] : tracks) {
      for (std::size_t f = 0; f < faces.size(); ++f) {
        const float both = overlap(track, faces[f].box);
        if (both >= options.min_overlap) pairs.push_back({both, id, f});
      }
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.overlap > b.overlap; });
    for (const Pair& pair : pairs) {
      if (owner[pair.face] != 0 || current.contains(pair.track)) continue;
      owner[pair.face] = pair.track;
      current[pair.track] = pair.face;
    }
  }

  bool wants_embedding(const Track& track) const {
    return track.history.evidence < kFirstEvidence || index - track.embedded >= options.evidence_every ||
           shorter(track.box) > track.largest * kGrown;
  }
};

Tracker::Tracker(const TrackerOptions& options) : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
}
Tracker::~Tracker() = default;
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;

std::vector<TrackedFace> Tracker::update(const Frame& frame, std::span<const Face> faces, bool detected,
                                         std::span<const Origin> origins) {
  Impl& impl = *impl_;
  if (!impl.continues(frame)) impl.end_all();
  impl.end_lost();
  impl.owners = impl.associate(faces, origins);
  impl.boxes.clear();
  std::vector<TrackedFace> tracked;
  for (std::size_t f = 0; f < faces.size(); ++f) {
    impl.boxes.push_back(faces[f].box);
    int& owner = impl.owners[f];
    bool leapt = false;  // nothing but its origin speaks for it: worth a look
    if (owner == 0) {
      owner = impl.start(faces[f].box);
      impl.current[owner] = f;
    } else {
      Track& track = impl.tracks[owner];
      leapt = impl.overlap(track, faces[f].box) < impl.options.min_overlap;
      impl.move(track, faces[f].box);
    }
    tracked.push_back({owner, detected && (leapt || impl.wants_embedding(impl.tracks[owner]))});
  }
  return tracked;
}

int Tracker::add_evidence(int id, const Embedding& embedding, float quality, const Chip& chip) {
  Impl& impl = *impl_;
  Track* track = &impl.tracks.at(id);
  if (track->history.evidence > 0 && similarity(track->history.fused, embedding) < impl.options.same_person) {
    track->embedded = impl.index;
    if (quality < kPoorer * track->history.best_quality && ++track->contradictions < kPatience) return id;
    id = impl.replace(id);
    track = &impl.tracks.at(id);
  }
  track->contradictions = 0;
  add_look(track->history, {impl.index, quality, embedding}, chip);
  track->embedded = impl.index;
  track->largest = std::max(track->largest, shorter(track->box));
  return id;
}

const TrackHistory& Tracker::history(int track) const { return impl_->tracks.at(track).history; }

void Tracker::end_all() { impl_->end_all(); }

std::vector<TrackHistory> Tracker::take_ended() { return std::exchange(impl_->ended, {}); }

}  // namespace kith

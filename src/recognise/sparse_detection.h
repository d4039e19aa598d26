// SparseDetection: finds the faces of a video without looking at every frame.
//
// A file is read a few frames ahead: the last of them is looked at, and where the faces have only moved since
// the last look (face/face_motion.h), and about as they did before, those between are interpolated. Otherwise
// the frame in the middle is looked at, and so on: every change is found at the frame where it happens, at
// the price of looking at every frame around it. A face that comes and goes within the stretch is missed. A
// cut ends the stretch: both sides of it are looked at.
//
// A camera does not wait: while faces only move they go on as they did for a few frames.
//
// Which face became which has to be found out for both; it travels with the faces (Detected::origins), so that the
// tracker need not guess it again.
#pragma once

#include <kith/face.h>
#include <kith/frame.h>
#include <kith/tracker.h>

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "face/scene.h"

namespace kith {

/// A frame with its faces. @param detected  false: nobody looked, the faces lie between other frames'.
struct Detected {
  Frame frame;
  std::vector<Face> faces;
  std::vector<Origin> origins;  // one a face, or none at all: of the frame before, which had no `failure`
  bool detected = true;
};

struct SparseDetectionOptions {
  int every = 1;           // look at one frame in so many at least; 1 = at every frame
  bool look_ahead = true;  // hold up to `every` frames back
  double reach_ms = 1000;  // after the last look nobody looks for so long at most, at low frame rates too
};

/// Not thread-safe.
class SparseDetection {
 public:
  /// @param frames  the next frame, or nullopt at the end. @param detect  the faces of a picture.
  SparseDetection(std::function<std::optional<Frame>()> frames,
                  std::function<std::vector<Face>(const cv::Mat&)> detect,
                  const SparseDetectionOptions& options);
  /// Every frame, in order; nullopt at the end. A frame with `failure` has no faces.
  std::optional<Detected> next();

 private:
  struct Look {
    double time_ms = 0;
    std::vector<Face> faces;
  };
  struct Item {
    Detected frame;
    bool new_scene = false;  // or not readable: nothing is known of the frame before
  };

  std::optional<Item> read();
  void look(Detected& item);
  void read_ahead();
  void resolve(const Look& before, std::size_t first, std::size_t last);
  void halve(const Look& before, std::size_t first, std::size_t last);
  struct Expected {
    std::vector<Face> faces;
    std::vector<std::size_t> was;  // which of the last look's they are
  };
  std::optional<Expected> go_on(double time_ms) const;
  bool is_near(double time_ms) const;
  void track_on(Detected& item);
  bool may_go_on(double time_ms, const std::optional<Expected>& expected) const;
  std::vector<Origin> origins_of(const Detected& item, const std::optional<Expected>& expected) const;

  std::function<std::optional<Frame>()> frames_;
  std::function<std::vector<Face>(const cv::Mat&)> detect_;
  SparseDetectionOptions options_;
  std::deque<Detected> ready_;
  std::optional<Item> waiting_;             // read, but not of the stretch in `ready_`
  std::optional<Look> last_, before_last_;  // of this scene; ends of stretches
  Scene scene_;
  float speck_px_ = 0;
  // Cameras:
  int skipped_ = 0;           // frames since the last look
  std::vector<Origin> here_;  // where the last look's faces are in the frame before this one
};

}  // namespace kith

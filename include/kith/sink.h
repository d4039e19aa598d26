// Sink: what becomes of recognised frames: a sidecar, an annotated video, a window. Last stage of the
// pipeline (pipeline.h).
#pragma once

#include <kith/error.h>
#include <kith/export.h>
#include <kith/face.h>
#include <kith/frame.h>
#include <kith/identification.h>
#include <kith/run_info.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// A face of a frame with everything that is known of it.
struct RecognizedFace {
  Face face;
  int track = 0;
  Identification identity;  // the track's: by all that it has shown (so far)
  bool detected = true;     // false: nobody looked, the box lies between those of the frames before and after
  std::optional<Identification> own;  // by this frame alone, where it was embedded
  float quality = 0;                  // and of that look, [0, 1] (quality.h)
};

/// What a whole run saw.
struct Summary {
  /// Times of different sources are of different clocks.
  struct SeenIn {
    std::string source;
    bool photos = false;  // or a video or camera, which has times
    std::int64_t frames = 0;
    double first_ms = 0, last_ms = 0;
  };
  struct PersonSeen {
    std::string name;
    std::int64_t frames = 0;
    std::int64_t photos = 0;           // of those frames
    double first_ms = 0, last_ms = 0;  // in the first and in the last of `sources`
    double mean_confidence = 0;        // over those frames
    std::int64_t tracks = 0;
    std::vector<SeenIn> sources;  // in the order of the run
  };
  std::int64_t frames = 0;             // frames read, unreadable ones not counted
  std::int64_t photos = 0;             // of those frames
  std::int64_t faces = 0;              // over all frames
  std::vector<PersonSeen> people;      // by frames, descending
  std::int64_t unknown_tracks = 0;     // that are nobody's
  std::int64_t unclear_tracks = 0;     // too poor to tell
  std::int64_t unknown_in_photos = 0;  // of those: one a face
  std::int64_t unclear_in_photos = 0;
  std::int64_t sources = 0;  // that were opened
  std::int64_t failed = 0;   // inputs that could not be read
  std::int64_t dropped = 0;  // frames a camera dropped
  bool interrupted = false;
};

/// A track that has ended, with the evidence behind its name. Holds a face: only sinks that the user asked for may
/// keep `fused` and `chip`.
struct TrackReport {
  struct Evidence {
    std::int64_t frame = 0;
    float similarity = 0;  // of this frame's own embedding to the template of `identity.nearest`
    float quality = 0;     // its weight, [0, 1]
  };
  std::string source;
  int id = 0;
  Identification identity;  // by everything that the track has shown
  double first_ms = 0, last_ms = 0;
  std::int64_t first_frame = 0, last_frame = 0;
  std::int64_t frames = 0;         // in which it has a face
  std::vector<Evidence> evidence;  // by frame; the 16 of most weight, of which `fused` is made
  Embedding fused;                 // unit vector
  float quality = 0;               // the best look's, [0, 1]
  Chip chip;                       // of the best look, CV_8UC3 BGR
};

/// Receives frames in order, one call at a time. Frames of a video file come up to 20 s of video late: when the names
/// of their tracks are decided. What was written is valid up to there whenever the process
/// dies. Calls: (begin write*)+ finish, a begin for each source (an input that cannot be opened has none: its failure is written
/// before or between them); an overlay of several sources is a folder.
class KITH_EXPORT Sink {
 public:
  virtual ~Sink() = default;
  virtual void begin(const SourceInfo& source) = 0;
  /// A frame whose `failure` is set has no image and no faces.
  /// @throws Error kIo (full disk, ...), naming the output.
  virtual void write(const Frame& frame, std::span<const RecognizedFace> faces) = 0;
  /// A track is over; comes after its last frame, in no order among tracks, and before finish().
  virtual void track(const TrackReport&) {}
  /// So many frames of this source have been looked at, of which the last may not have been written yet.
  virtual void progress(std::int64_t) {}
  /// There is nothing to write at the moment; called several times a second meanwhile.
  virtual void idle() {}
  /// Closes the outputs. Called once, after the last source, also after an interruption.
  virtual void finish(const Summary& summary) = 0;
  /// True when the viewer asked to stop (the window's q).
  virtual bool wants_stop() const { return false; }
  /// False: write() may get frames without their image (`size` says how large it is), and files are then decoded once only.
  virtual bool wants_pictures() const { return true; }
  /// True where the next source, or the next `frame` of this one, has a file of its own: after one file has failed, the next is
  /// tried (make_tee_sink).
  virtual bool begins_anew(bool /*frame*/) const { return false; }
  /// True for a sink that someone watches: frames come at once, with the names as far as they are known.
  virtual bool is_live() const { return false; }
};

/// JSON lines (docs/formats.md): what made them, one object a frame and a track, then the summary. "-" is stdout. Flushed
/// line by line.
KITH_EXPORT std::unique_ptr<Sink> make_json_sink(const std::string& path, const RunInfo& made_by = {});
/// One row a face: source,frame,time_ms,track,name,confidence,similarity,x,y,w,h,score,state,detected.
KITH_EXPORT std::unique_ptr<Sink> make_csv_sink(const std::filesystem::path& path);
/// SubRip subtitles: who is on screen from when to when.
KITH_EXPORT std::unique_ptr<Sink> make_srt_sink(const std::filesystem::path& path);
/// The annotated copy of each source: a picture, a folder of pictures with the same names, or an H.264 video
/// with the source's frame times, resolution, upright, and its sound, title, times and chapters. Fragmented, so that it plays up to
/// where the process died.
/// Pictures (JPEG, PNG) and videos bear a mark, by which a later run may replace them.
/// @param path  .jpg, .png, ... for a photo; .mp4, .m4v, .mov or .mkv for a video or camera; a folder (one that
///              exists, or a name without extension) for a folder or several sources.
/// @param overwrite  also replace files that are no annotated copies.
/// @param missing    told what a copy lacks though it was written: a sound that its container cannot hold.
/// @throws Error from begin(): kInvalidArgument (the path does not fit the source, is the source itself, or would
///         replace something), kIo; from write(): kIo naming the file and the frame.
KITH_EXPORT std::unique_ptr<Sink> make_overlay_sink(const std::filesystem::path& path, bool overwrite = false,
                                                    std::function<void(const std::string&)> missing = {});
/// A window with the annotated frames; q or Esc stops. @throws Error kUnsupported without a display.
KITH_EXPORT std::unique_ptr<Sink> make_window_sink();

/// Passes everything on to several sinks, in order; wants_stop() when one of them does. finish() reaches all
/// of them even when one throws.
/// @param failed  told when one of them fails, which then gets no more, while the others go on; a path that does not fit
///                (kInvalidArgument) is thrown nevertheless. Null: whatever one throws is thrown.
KITH_EXPORT std::unique_ptr<Sink> make_tee_sink(std::vector<std::unique_ptr<Sink>> sinks,
                                                std::function<void(const Error&)> failed = {});

/// Draws boxes, names and confidences, legible at any resolution and in any script. @param image  CV_8UC3
/// BGR, drawn on.
KITH_EXPORT void draw_faces(cv::Mat& image, std::span<const RecognizedFace> faces);

}  // namespace kith

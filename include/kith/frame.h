// FrameSource: photos, folders, video files, cameras and streams -> frames. First stage of the pipeline
// (pipeline.h).
#pragma once

#include <kith/export.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kith {

/// One picture of a source.
struct Frame {
  cv::Mat image;           // CV_8UC3 BGR, upright (EXIF and video rotation applied), square pixels
  std::int64_t index = 0;  // 0-based within its file; 0 for a photo
  double time_ms = 0;      // presentation time from the first frame; 0 for a photo
  std::string source;      // SourceInfo::name, or the path as found under the given folder
  std::optional<std::string> failure;  // set when this item could not be read: why. The image is then empty.
  cv::Size size;  // of the image, where the image itself is left out (Sink::wants_pictures); else empty
  bool damaged = false;  // partly made up by the decoder, where the file is damaged: no evidence of anybody
};

enum class SourceKind { kPhoto, kFolder, kVideo, kCamera };
/// Whether its frames have times: a video's or a camera's, not a photo's.
constexpr bool is_moving(SourceKind kind) {
  return kind == SourceKind::kVideo || kind == SourceKind::kCamera;
}

/// What is known of a source before its first frame.
struct SourceInfo {
  SourceKind kind = SourceKind::kPhoto;
  std::string name;            // as given, but an address without its secrets: safe to show and to keep
  cv::Size size;               // of upright frames, px; empty for folders
  double fps = 0;              // nominal frame rate, 0 where there is none
  std::int64_t frames = 0;     // how many to expect, 0 = not known
  std::filesystem::path file;  // videos: can be read once more there; empty for pipes
  std::vector<std::string>
      films;  // of a folder: the films below it, each a source of its own to be opened with `found_in`
  std::string found_in;  // of such a film: the folder as given
  std::string
      passed_over;  // of a folder: what in it nobody looks at (PhotoList::passed_over_in_words); empty: nothing
};

struct SourceOptions {
  bool drop_stale = true;  // cameras and streams: drop frames that wait when the reader is slow
  double timeout_s = 10;   // cameras, streams, servers: what gives no picture for so long is lost
  double reconnect_s =
      60;  // cameras and streams: a lost one is tried for so long until it gives pictures again, 0 = not
           // at all; at most every 0.5 s first, every 10 s in the end
  bool any_certificate =
      false;  // https: take any, as of a camera that has made its own; else only those that are trusted
  std::function<void(const std::string&)>
      notice;  // told, in a line, when a camera or stream is lost, damaged, back; on a
               // thread of the source
  const std::atomic<bool>* stop = nullptr;  // when it becomes true, a waiting next() returns nullopt and a
                                            // waiting open() throws kIo; must outlive the source
  std::vector<std::filesystem::path> leave_out;  // folders: what below them is not looked at (list_photos)
  std::string found_in;  // a film of a folder: the folder as given (SourceInfo::films)
};

/// Frames in order. Not thread-safe: one thread reads.
class KITH_EXPORT FrameSource {
 public:
  /// @param input  a photo, a folder (searched recursively, in name order, symbolic links followed), a video
  /// file,
  ///               a camera (its index, or /dev/videoN), or an address: rtsp:, http:, https:, ... What is there is a
  ///               film, of which every frame comes, where its length is known, else a camera; file: is a path.
  /// @throws Error kNotFound, kCorrupt, kUnsupported, kIo; the message names the input. A folder without
  ///         pictures and films is kInvalidArgument.
  static std::unique_ptr<FrameSource> open(const std::string& input, const SourceOptions& options = {});
  virtual ~FrameSource() = default;
  virtual const SourceInfo& info() const = 0;
  /// The next frame; nullopt at the end, for ever after. An unreadable photo of a folder, or the damaged rest
  /// of a video, is a frame with `failure` set, and reading goes on.
  /// A lost camera or stream is waited for (SourceOptions::reconnect_s): indexes and times go on, with the time that it was
  /// away between them, and pictures may then have another size. @throws Error kIo when it did not come back.
  virtual std::optional<Frame> next() = 0;
  /// From any thread: a next() that waits returns nullopt soon, and so do all that follow.
  virtual void stop() {}
  /// Frames that a camera dropped so far because the reader was slow.
  virtual std::int64_t dropped() const { return 0; }
  /// The same frames once more from the first, for a second pass; null where that cannot be had (cameras, pipes).
  virtual std::unique_ptr<FrameSource> again() const { return nullptr; }
};

/// Reads one picture: EXIF rotation applied, grey and 16-bit brought to 8-bit BGR, alpha blended onto white.
/// @return CV_8UC3 BGR, never empty.
/// @throws Error kNotFound, kCorrupt (also a truncated file of which a part could be shown), kUnsupported
/// (not a picture
///         format we read; the message names the format where it is known).
KITH_EXPORT cv::Mat read_image(const std::filesystem::path& path);

/// Whether the file name ends like a picture that read_image reads (jpg, png, heic, webp, tif, ...; case ignored).
KITH_EXPORT bool is_image_name(const std::filesystem::path& path);

/// Whether it ends like a photo that read_image refuses (jxl, psd, raw formats, ...): in a folder these are not passed over
/// but reported.
KITH_EXPORT bool is_unread_image_name(const std::filesystem::path& path);

/// Whether it ends like a film (mp4, mov, mkv, gif, ...).
KITH_EXPORT bool is_video_name(const std::filesystem::path& path);

/// What a folder holds, each list by name (byte order), depth first, below the folder as given.
struct KITH_EXPORT PhotoList {
  struct LeftOut {
    std::filesystem::path folder;
    std::string why;
  };
  std::vector<std::filesystem::path>
      pictures;  // also those that read_image refuses: they are reported one by one
  std::vector<std::filesystem::path> films;
  std::vector<std::filesystem::path>
      copies;  // pictures that Kith drew on: they show what others show already
  std::vector<std::pair<std::filesystem::path, std::string>>
      unreadable;                                  // folders that could not be opened: why
  std::vector<std::filesystem::path> passed_over;  // files of other kinds, and hidden ones
  std::vector<LeftOut> left_out;                   // folders that were not searched

  /// What nobody looks at, counted by kind: "3 files (2 .aae, 1 hidden) and the folder @eaDir"; empty: nothing.
  /// @param films  whether they are passed over too: "4 files (2 films, 2 .aae)".
  std::string passed_over_in_words(bool films) const;
};

/// Searches a folder recursively. Symbolic links are followed, a link to a folder that it lies in is not. Hidden folders are
/// left out, and those that systems and storage devices keep for themselves (@eaDir, #recycle, __MACOSX, ...): what they
/// hold are thumbnails, copies and deleted photos.
/// @param leave_out  folders that are not searched either: outputs.
/// @throws Error kNotFound, kInvalidArgument (not a folder), kIo.
KITH_EXPORT PhotoList list_photos(const std::filesystem::path& folder,
                                  const std::vector<std::filesystem::path>& leave_out = {});

}  // namespace kith

// Sound: takes a file's sound over into another file, as it is where the container can hold it, else as AAC.
#pragma once

#include <memory>
#include <string>

#include "media/av.h"

struct AVAudioFifo;
struct SwrContext;

namespace kith {

/// Not thread-safe. Lives no longer than the output.
class Sound {
 public:
  /// Adds a stream to `output`, before its header is written.
  /// @return nullptr when the file has no sound, or none that can be read.
  static std::unique_ptr<Sound> open(const std::string& file, AVFormatContext& output);
  virtual ~Sound() = default;
  /// Writes what starts before that time of the new video (0 is its first frame). @return an AVERROR, or 0.
  virtual int write_until(double time_s) = 0;
  /// The same, and the encoder's rest.
  virtual int finish(double time_s) = 0;
};

}  // namespace kith

// Sound: takes a film's sound over into another file, as it is where the container can hold it, else as AAC.
#pragma once

#include <memory>
#include <string>

#include "media/sound_packets.h"

namespace kith {

/// Not thread-safe. Lives no longer than the output. Writes with av_write_frame: what is refused is known at once to
/// be sound.
class Sound {
 public:
  virtual ~Sound() = default;
  /// Writes what starts before that time of the new video (0 is its first frame). What the container refuses is left
  /// out. @return an AVERROR of the file itself, or 0.
  virtual int write_until(double time_s) = 0;
  /// The same, and the encoder's rest.
  virtual int finish(double time_s) = 0;
  /// The header must wait for the sound's first packets (container.h).
  virtual bool delays_header() const { return false; }
  /// Something of it was left out.
  bool is_incomplete() const { return incomplete_; }

 protected:
  /// @return an AVERROR of the file itself, or 0.
  int put(AVFormatContext& output, AVPacket& packet);

 private:
  bool incomplete_ = false;
};

struct SoundChoice {
  std::unique_ptr<Sound> sound;  // null: none
  std::string left_out;          // why, where the film has one
};

/// Adds a stream to `output`, which has its video stream and not yet its header. What the container can hold is found
/// out by writing the beginning of the sound into memory.
SoundChoice open_sound(std::unique_ptr<SoundPackets> packets, AVFormatContext& output);

/// The two kinds. @return nullptr from the second when the sound cannot be decoded.
std::unique_ptr<Sound> copy_sound(std::unique_ptr<SoundPackets> packets, AVFormatContext& output,
                                  bool delayed);
std::unique_ptr<Sound> encode_sound(std::unique_ptr<SoundPackets> packets, AVFormatContext& output);

}  // namespace kith

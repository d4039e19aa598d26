// JoinedClock: one clock for recordings that were joined, or whose clock jumps: broadcasts, discs, dash cameras.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

struct AVPacket;
struct AVStream;

namespace kith {

/// Shifts the packets of a file so that each part goes on where the one before it ended. Streams of one part are
/// shifted alike, so that sound stays with its picture. Whoever reads the same packets gets the same times.
class JoinedClock {
 public:
  /// @param may_jump  the format's clock may go forward by jumps that are no pause (AVFMT_TS_DISCONT); a clock that
  ///                  goes back starts a new part in any format.
  explicit JoinedClock(bool may_jump) : may_jump_(may_jump) {}

  /// Packets of a stream in the order of the file. @return whether a new part begins with it.
  bool mend(AVPacket& packet, const AVStream& stream);

 private:
  // All times in microseconds.
  struct Part {
    std::int64_t offset = 0;
  };
  struct Track {
    std::shared_ptr<Part> part;
    std::optional<std::int64_t> last, next;  // mended
    bool by_dts = false;                     // the last packet said when it is decoded
    bool in_order = false;                   // so does this one
  };
  bool is_jump(const Track& track, std::int64_t time) const;
  void begin_part(Track& track, std::int64_t time);

  bool may_jump_;
  std::map<int, Track> tracks_;
  std::shared_ptr<Part> newest_ = std::make_shared<Part>();
};

}  // namespace kith

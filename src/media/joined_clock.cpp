#include "media/joined_clock.h"

extern "C" {
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace kith {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
// ffmpeg's own limits (-dts_delta_threshold, -dts_error_threshold, and a tenth of a second back), so that a copy by
// `ffmpeg -c copy` is as long.
constexpr std::int64_t kPause = 10 * kSecond;
constexpr std::int64_t kAbsurd = 30 * 3600 * kSecond;
constexpr std::int64_t kBack = kSecond / 10;
// Without decoding times pictures come out of order, by less than this.
constexpr std::int64_t kReordered = kSecond / 2;
// Sound and picture of one part begin and end together, to about this.
constexpr std::int64_t kApart = 5 * kSecond;

constexpr AVRational kMicroseconds = {1, 1'000'000};

std::int64_t duration_of(const AVPacket& packet, const AVStream& stream) {
  if (packet.duration > 0) return av_rescale_q(packet.duration, stream.time_base, kMicroseconds);
  const AVRational rate = stream.avg_frame_rate;
  return rate.num > 0 && rate.den > 0 ? av_rescale_q(1, av_inv_q(rate), kMicroseconds) : 0;
}

}  // namespace

bool JoinedClock::is_jump(const Track& track, std::int64_t time) const {
  if (!track.next) return false;
  const std::int64_t mended = time + track.part->offset;
  return mended + (track.in_order ? kBack : kReordered) < *track.last ||
         mended - *track.next > (may_jump_ ? kPause : kAbsurd);
}

// The part that another stream has begun already, or a new one.
void JoinedClock::begin_part(Track& track, std::int64_t time) {
  const bool begun = newest_ != track.part;
  const std::int64_t early = *track.next - (time + newest_->offset);
  if (begun && early <= kApart && -early <= kPause) {
    track.part = newest_;
    if (track.in_order)
      newest_->offset += std::max<std::int64_t>(early, 0);  // this stream's last part was the longer
    return;
  }
  newest_ = track.part = std::make_shared<Part>(Part{*track.next - time});
}

bool JoinedClock::mend(AVPacket& packet, const AVStream& stream) {
  Track& track = tracks_[packet.stream_index];
  if (!track.part) track.part = newest_;
  const bool by_dts = packet.dts != AV_NOPTS_VALUE;
  const std::int64_t stamp = by_dts ? packet.dts : packet.pts;
  const std::int64_t duration = duration_of(packet, stream);
  if (stamp == AV_NOPTS_VALUE) {
    if (track.next) *track.next += duration;
    return false;
  }
  const std::int64_t time = av_rescale_q(stamp, stream.time_base, kMicroseconds);
  const auto distance = [&](const Part& part) { return std::abs(time + part.offset - *track.next); };
  // A pause by this stream's measure may be a jump by another's: the nearer part is the right one.
  const bool follows = track.next && newest_ != track.part && distance(*track.part) > kSecond &&
                       distance(*newest_) < distance(*track.part);
  track.in_order = std::exchange(track.by_dts, by_dts) && by_dts;
  const bool begins = follows || is_jump(track, time);
  if (begins) begin_part(track, time);
  const std::int64_t shift = av_rescale_q(track.part->offset, kMicroseconds, stream.time_base);
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += shift;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += shift;
  track.last = time + track.part->offset;
  track.next = *track.last + duration;
  return begins;
}

}  // namespace kith

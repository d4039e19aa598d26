// VideoSource: every frame of a video, in order: a file, or a film on a server.
#pragma once

#include <kith/frame.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "media/video_decoder.h"

namespace kith {

class VideoSource final : public FrameSource {
 public:
  using Again = std::function<std::unique_ptr<FrameSource>()>;

  /// @param halt   makes `decoder`, which asks while it waits, end.
  /// @param info   its name, `file` and `found_in`; the rest is the decoder's. @param again  opens it once more, or null.
  VideoSource(std::shared_ptr<VideoDecoder> decoder, std::function<void()> halt, SourceInfo info,
              Again again);
  const SourceInfo& info() const override { return info_; }
  std::optional<Frame> next() override;
  void stop() override { halt_(); }
  std::unique_ptr<FrameSource> again() const override { return again_ ? again_() : nullptr; }

 private:
  Frame blank() const;

  std::function<void()> halt_;
  std::shared_ptr<VideoDecoder> decoder_;
  SourceInfo info_;
  Again again_;
  std::optional<double> first_time_s_;
  double time_ms_ = 0;
  std::int64_t index_ = 0;
};

}  // namespace kith

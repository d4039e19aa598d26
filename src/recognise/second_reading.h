// SecondReading: the pictures of frames that were held back without them, by decoding the file again.
#pragma once

#include <kith/frame.h>

#include <exception>
#include <memory>
#include <optional>

#include "recognise/ahead.h"

namespace kith {

/// Decodes on a thread of its own, a few frames ahead of fetch().
class SecondReading {
 public:
  /// @param source  null: there is none.
  explicit SecondReading(std::unique_ptr<FrameSource> source) : source_(std::move(source)) {
    if (source_) frames_.emplace(2, [this] { return next_frame(); });
  }
  ~SecondReading() {
    if (source_) source_->stop();  // a server may be silent
  }
  bool is_open() const { return frames_.has_value(); }

  /// Gives the frame its picture, which stays empty where the file does not have it any more. Frames must
  /// come in order.
  void fetch(Frame& frame) {
    if (frame.failure) return;
    while (!next_ || next_->failure || next_->index < frame.index) {
      next_ = frames_->next();
      if (!next_) return;
    }
    if (next_->index == frame.index) frame.image = std::move(next_->image);
  }

 private:
  // What was read the first time and cannot be now ends the pictures, not the run.
  std::optional<Frame> next_frame() {
    try {
      return source_->next();
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }

  std::unique_ptr<FrameSource> source_;
  std::optional<Ahead<Frame>> frames_;
  std::optional<Frame> next_;
};

}  // namespace kith

// LiveSource: a camera or a stream. A thread reads, the newest frame waits for whoever asks; a lost connection is made anew.
#pragma once

#include <kith/frame.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "media/video_decoder.h"

namespace kith {

/// When a waiting read is to give up; shared with the decoders that ask.
class LiveHalt {
 public:
  using Clock = std::chrono::steady_clock;
  LiveHalt(const std::atomic<bool>* stop, double patience_s) : stop_(stop), patience_s_(patience_s) {}

  void close() { closing_ = true; }
  /// The reader is to end.
  bool halted() const { return closing_ || (stop_ != nullptr && *stop_); }
  /// A picture has come, or is waited for from now on.
  void see() { seen_ = Clock::now().time_since_epoch().count(); }
  /// None is waited for.
  void look_away() { seen_ = 0; }
  /// No picture for `patience_s` since see(), whatever else came.
  bool overdue() const;

 private:
  const std::atomic<bool>* stop_;
  double patience_s_;
  std::atomic<bool> closing_ = false;
  std::atomic<Clock::rep> seen_ = 0;
};

class LiveSource final : public FrameSource {
 public:
  using Decoder = std::shared_ptr<VideoDecoder>;
  using Connect = std::function<Decoder()>;

  /// @param first  is open. @param connect  opens it anew, or throws Error. Both ask `halt` while they wait.
  LiveSource(Decoder first, Connect connect, std::shared_ptr<LiveHalt> halt, const std::string& name,
             const SourceOptions& options);
  ~LiveSource() override;
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;

  const SourceInfo& info() const override { return info_; }
  std::optional<Frame> next() override;
  void stop() override;
  std::int64_t dropped() const override;

 private:
  using Clock = LiveHalt::Clock;
  struct Picture {
    VideoDecoder::Decoded decoded;
    Decoder decoder;  // converts it, also when it has been left for another since
    double time_ms = 0;
  };
  // From the last picture of one connection to the first of another.
  struct Outage {
    Clock::time_point since, until;
    std::string why;
  };

  void read(Decoder decoder);
  std::string follow(const Decoder& decoder);
  Decoder reconnect(const std::string& why);
  bool pause(Clock::duration time);
  void lose(const std::string& why);
  void give_up(const std::string& last) const;
  void come_back();
  void hand_over(VideoDecoder::Decoded decoded, const Decoder& decoder);
  void mention(std::string& damage);
  void tell(const std::string& what) const;
  void end(std::exception_ptr failure);

  SourceOptions options_;
  std::shared_ptr<LiveHalt> halt_;
  Connect connect_;
  SourceInfo info_;

  // The reader's own.
  std::optional<Outage> outage_;
  Clock::duration delay_{};
  Clock::time_point connected_at_, last_picture_at_, damage_told_at_;
  std::int64_t pictures_ = 0;  // of this connection
  double zero_s_ = 0;          // this connection's first time ...
  double zero_ms_ = 0;         // ... is this of ours
  double last_ms_ = 0;
  std::minstd_rand random_{std::random_device{}()};

  mutable std::mutex mutex_;
  std::condition_variable arrived_, room_;
  std::optional<Picture> waiting_;
  std::exception_ptr failure_;
  bool ended_ = false;
  std::int64_t dropped_ = 0;

  // The caller's own.
  std::int64_t index_ = 0;
  std::optional<double> first_ms_;
  std::thread reader_;
};

}  // namespace kith

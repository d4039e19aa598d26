// Cameras and streams: a thread reads, the newest frame waits for whoever asks.
#include "media/sources.h"
#include "media/video_decoder.h"

extern "C" {
#include <libavdevice/version.h>
}
#include <dlfcn.h>
#include <kith/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>

namespace kith {
namespace {

using Clock = std::chrono::steady_clock;

Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

class LiveSource final : public FrameSource {
 public:
  LiveSource(const std::string& url, const std::string& name, const SourceOptions& options,
             DecoderOptions decoding)
      : options_(options), decoder_(url, name, with_stop(std::move(decoding))) {
    info_.kind = SourceKind::kCamera;
    info_.name = name;
    info_.size = decoder_.upright_size();
    info_.fps = decoder_.fps();
    reader_ = std::thread([this] { read(); });
  }
  ~LiveSource() override {
    {
      const std::lock_guard lock(mutex_);  // else the reader may miss it between looking and waiting
      closing_ = true;
    }
    room_.notify_all();
    reader_.join();
  }
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;

  const SourceInfo& info() const override { return info_; }

  std::optional<Frame> next() override {
    std::unique_lock lock(mutex_);
    const Clock::time_point deadline = Clock::now() + duration_of(options_.timeout_s);
    while (!waiting_ && !ended_ && !stopped()) {
      arrived_.wait_for(lock, std::chrono::milliseconds(50));  // stop is an atomic: nobody wakes us for it
      if (Clock::now() > deadline && !waiting_ && !ended_)
        fail("sent no picture for " + std::to_string(std::lround(options_.timeout_s)) + " s");
    }
    if (waiting_ && !stopped()) {
      const VideoDecoder::Decoded decoded = *std::exchange(waiting_, std::nullopt);
      room_.notify_one();
      lock.unlock();
      return to_frame(decoded);
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return std::nullopt;
  }

  std::int64_t dropped() const override {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }

  DecoderOptions with_stop(DecoderOptions decoding) {
    decoding.timeout_s = options_.timeout_s;
    decoding.stop = [this] { return closing_ || stopped(); };
    return decoding;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::kIo,
                info_.name + ": " + what +
                    ": check that it is connected, switched on and not in use by another program");
  }

  Frame to_frame(const VideoDecoder::Decoded& decoded) {
    if (!first_time_s_) first_time_s_ = decoded.time_s;
    Frame frame;
    frame.image = decoder_.convert(*decoded.frame);
    frame.index = index_++;
    frame.time_ms = (decoded.time_s - *first_time_s_) * 1000;
    frame.source = info_.name;
    return frame;
  }

  void read() {
    try {
      while (!closing_ && !stopped()) {
        VideoDecoder::Item item = decoder_.next();
        if (auto* decoded = std::get_if<VideoDecoder::Decoded>(&item)) {
          hand_over(std::move(*decoded));
        } else if (std::holds_alternative<VideoDecoder::Nothing>(item)) {
          std::this_thread::sleep_for(std::chrono::milliseconds(2));
        } else if (std::holds_alternative<VideoDecoder::End>(item)) {
          break;
        }  // damage: a stream that lost packets goes on
      }
      if (decoder_.timed_out())
        fail("sent nothing for " + std::to_string(std::lround(options_.timeout_s)) + " s");
      end(nullptr);
    } catch (...) {
      end(std::current_exception());
    }
  }

  void hand_over(VideoDecoder::Decoded decoded) {
    std::unique_lock lock(mutex_);
    if (!options_.drop_stale) room_.wait(lock, [this] { return !waiting_ || closing_ || stopped(); });
    if (waiting_) ++dropped_;
    waiting_ = std::move(decoded);
    arrived_.notify_one();
  }

  void end(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
    ended_ = true;
    arrived_.notify_one();
  }

  SourceOptions options_;
  std::atomic<bool> closing_ = false;
  VideoDecoder decoder_;  // next() on the reader's thread, convert() on the caller's
  SourceInfo info_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_, room_;
  std::optional<VideoDecoder::Decoded> waiting_;
  std::exception_ptr failure_;
  bool ended_ = false;
  std::int64_t dropped_ = 0, index_ = 0;
  std::optional<double> first_time_s_;
  std::thread reader_;
};

// Loaded at the first camera: with what it needs it takes longer to load than a photo takes to be recognised.
const AVInputFormat* camera_format(const std::string& name) {
  const std::string library = "libavdevice.so." + std::to_string(LIBAVDEVICE_VERSION_MAJOR);
  static void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    throw Error(ErrorCode::kUnsupported, name + ": cameras need " + library + ": install libavdevice");
  static const bool registered = [] {
    if (auto* const function = reinterpret_cast<void (*)()>(dlsym(handle, "avdevice_register_all")))
      function();
    return true;
  }();
  static_cast<void>(registered);
  const AVInputFormat* format = av_find_input_format("v4l2");
  if (format == nullptr)
    throw Error(ErrorCode::kUnsupported, name + ": this FFmpeg cannot read cameras (v4l2)");
  return format;
}

std::string cameras_there_are() {
  std::string found;
  for (int i = 0; i < 64; ++i) {
    const std::string device = "/dev/video" + std::to_string(i);
    if (::access(device.c_str(), F_OK) == 0) found += (found.empty() ? "" : ", ") + std::to_string(i);
  }
  return found.empty() ? "there is no camera on this machine" : "cameras on this machine: " + found;
}

}  // namespace

std::unique_ptr<FrameSource> open_camera(const std::string& device, const std::string& name,
                                         const SourceOptions& options) {
  struct stat status {};
  if (::stat(device.c_str(), &status) != 0) {
    throw Error(ErrorCode::kNotFound, "camera " + name + ": no " + device + " (" + cameras_there_are() +
                                          "): connect one, or name a photo, a folder, a video file or a URL");
  }
  if (::access(device.c_str(), R_OK | W_OK) != 0) {
    throw Error(ErrorCode::kIo, "camera " + name + ": no permission to use " + device +
                                    ": add yourself to its group (usually video) and log in again");
  }
  DecoderOptions decoding;
  decoding.format = camera_format(name);
  decoding.non_blocking = true;
  return std::make_unique<LiveSource>(device, name, options, std::move(decoding));
}

std::unique_ptr<FrameSource> open_stream(const std::string& url, const SourceOptions& options) {
  av::silence();
  avformat_network_init();
  DecoderOptions decoding;
  if (url.starts_with("rtsp"))
    decoding.settings["rtsp_transport"] = "tcp";  // lost UDP packets smear the picture
  return std::make_unique<LiveSource>(url, url, options, std::move(decoding));
}

}  // namespace kith

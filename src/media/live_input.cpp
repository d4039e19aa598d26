// Cameras, streams, and films on servers: which of them something is, and how it is opened.
#include <dlfcn.h>
#include <kith/error.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include <libavdevice/version.h>
}

#include "core/address.h"
#include "media/fetch.h"
#include "media/live_source.h"
#include "media/sources.h"
#include "media/video_source.h"

namespace kith {
namespace {

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

void require_camera(const std::string& device, const std::string& name) {
  struct stat status {};
  if (::stat(device.c_str(), &status) != 0) {
    throw Error(ErrorCode::kNotFound, "camera " + name + ": no " + device + " (" + cameras_there_are() +
                                          "): connect one, or name a photo, a folder, a video file or a URL");
  }
  if (::access(device.c_str(), R_OK | W_OK) != 0) {
    throw Error(ErrorCode::kIo, "camera " + name + ": no permission to use " + device +
                                    ": add yourself to its group (usually video) and log in again");
  }
}

// What a camera and a film on a server have in common.
DecoderOptions decoder_options(const std::string& address, const SourceOptions& options) {
  DecoderOptions decoding;
  decoding.timeout_s = options.timeout_s;
  decoding.any_certificate = options.any_certificate;
  if (address.starts_with("rtsp"))
    decoding.settings["rtsp_transport"] = "tcp";  // lost UDP packets smear the picture
  if (address.starts_with("http")) decoding.settings["reconnect"] = "1";  // within a film of known length
  return decoding;
}

}  // namespace

std::unique_ptr<FrameSource> open_camera(const std::string& device, const std::string& name,
                                         const SourceOptions& options) {
  auto halt = std::make_shared<LiveHalt>(options.stop, options.timeout_s);
  const auto connect = [device, name, options, halt] {
    require_camera(device, name);
    DecoderOptions decoding = decoder_options(device, options);
    decoding.format = camera_format(name);
    decoding.non_blocking = true;
    decoding.stop = [halt] { return halt->halted() || halt->overdue(); };
    return std::make_shared<VideoDecoder>(device, name, std::move(decoding));
  };
  return std::make_unique<LiveSource>(connect(), connect, halt, name, options);
}

std::unique_ptr<FrameSource> open_stream(const std::string& address, const SourceOptions& options) {
  av::silence();
  avformat_network_init();
  const std::string name = shown_address(address);
  auto halt = std::make_shared<LiveHalt>(options.stop, options.timeout_s);
  const auto connect = [address, name, options, halt] {
    DecoderOptions decoding = decoder_options(address, options);
    decoding.stop = [halt] { return halt->halted() || halt->overdue(); };
    return std::make_shared<VideoDecoder>(address, name, std::move(decoding));
  };
  LiveSource::Decoder decoder = connect();
  if (!decoder->has_end())
    return std::make_unique<LiveSource>(std::move(decoder), connect, halt, name, options);
  if (decoder->is_past()) {
    decoder.reset();
    if (options.notice)
      options.notice(name + ": the server sends it from front to back only: it is fetched whole first");
    const auto spool = fetch(address, name, options, [halt] { return halt->halted(); });
    return open_video({name, spool->path(), {}, {}, spool}, options);
  }
  // A film. Its second reading does not ask for `stop`: what was seen until then is still to be written.
  const auto again = [address, options]() -> std::unique_ptr<FrameSource> {
    SourceOptions second = options;
    second.stop = nullptr;
    try {
      return open_stream(address, second);
    } catch (const Error&) {
      return nullptr;  // an address that holds once
    }
  };
  SourceInfo info;
  info.name = name;
  return std::make_unique<VideoSource>(
      std::move(decoder), [halt] { halt->close(); }, std::move(info), again);
}

}  // namespace kith

#include "media/fetch.h"

#include <kith/error.h>

#include <cerrno>
#include <chrono>

#include "media/av.h"
#include "media/refusal.h"

namespace kith {
namespace {

using Clock = std::chrono::steady_clock;

struct CloseIo {
  void operator()(AVIOContext* io) const { avio_close(io); }
};

struct Patience {
  std::function<bool()> stop;
  std::chrono::duration<double> most;
  Clock::time_point since = Clock::now();

  bool is_late() const { return most.count() > 0 && Clock::now() - since > most; }
  // What FFmpeg says when it was told that it is over.
  int reason(int error) const { return error == AVERROR_EXIT && !stop() ? AVERROR(ETIMEDOUT) : error; }
  static int is_over(void* self) {
    const auto& patience = *static_cast<const Patience*>(self);
    return patience.is_late() || patience.stop() ? 1 : 0;
  }
};

}  // namespace

std::shared_ptr<Spool> fetch(const std::string& address, const std::string& name,
                             const SourceOptions& options, const std::function<bool()>& stop) {
  Patience patience{stop, std::chrono::duration<double>(options.timeout_s)};
  const AVIOInterruptCB asked{&Patience::is_over, &patience};
  AVDictionary* settings = nullptr;
  av_dict_set(&settings, "tls_verify", options.any_certificate ? "0" : "1", 0);
  AVIOContext* opened = nullptr;
  const int error = avio_open2(&opened, address.c_str(), AVIO_FLAG_READ, &asked, &settings);
  av_dict_free(&settings);
  if (error < 0) av::refuse(name, patience.reason(error));
  const std::unique_ptr<AVIOContext, CloseIo> io(opened);
  const auto read = [&](char* to, std::size_t most) -> std::size_t {
    patience.since = Clock::now();
    const int count =
        avio_read_partial(io.get(), reinterpret_cast<unsigned char*>(to), static_cast<int>(most));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (count != AVERROR_EOF) av::refuse(name, patience.reason(count));
    return 0;
  };
  return std::make_shared<Spool>(name, read);
}

}  // namespace kith

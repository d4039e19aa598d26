#include "media/av.h"

extern "C" {
#include <libavutil/log.h>
}

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <new>

#include "media/server_answer.h"

namespace kith::av {
namespace {

// A server's headers are told at the level of traces: the words are only made where someone listens.
void on_log(void* speaker, int level, const char* format, va_list arguments) {
  const AVClass* const kind = speaker == nullptr ? nullptr : *static_cast<AVClass**>(speaker);
  const char* const name = kind == nullptr || kind->item_name == nullptr ? "" : kind->item_name(speaker);
  if (!ServerAnswer::listens_to(name)) return av_log_default_callback(speaker, level, format, arguments);
  std::array<char, 512> words{};
  std::vsnprintf(words.data(), words.size(), format, arguments);
  ServerAnswer::hear(name, words.data());
}

}  // namespace

FramePtr make_frame() {
  FramePtr frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

PacketPtr make_packet() {
  PacketPtr packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

std::string describe(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

void silence() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_level(AV_LOG_QUIET);
    av_log_set_callback(on_log);
  });
}

}  // namespace kith::av

#include "media/demuxer.h"

#include <kith/error.h>

#include <cstdio>
#include <new>
#include <utility>

#include "media/refusal.h"
#include "media/server_answer.h"

namespace kith {

std::string file_url(const std::string& path) { return "file:" + path; }
std::map<std::string, std::string> file_settings() { return {{"protocol_whitelist", "file"}}; }

Demuxer::Demuxer(const std::string& url, std::string name, DemuxerOptions options)
    : name_(std::move(name)), options_(std::move(options)) {
  av::silence();
  open(url);
  find_streams();
  clock_ = JoinedClock((input_->iformat->flags & AVFMT_TS_DISCONT) != 0);
}

void Demuxer::FreeBytes::operator()(AVIOContext* bytes) const {
  av_freep(&bytes->buffer);
  avio_context_free(&bytes);
}

int Demuxer::on_interrupt(void* self) {
  auto& demuxer = *static_cast<Demuxer*>(self);
  if (demuxer.options_.stop && demuxer.options_.stop()) return 1;
  if (demuxer.options_.timeout_s <= 0 || std::chrono::steady_clock::now() < demuxer.deadline_) return 0;
  demuxer.timed_out_ = true;
  return 1;
}

int Demuxer::on_bytes_wanted(void* self, std::uint8_t* to, int most) {
  auto& demuxer = *static_cast<Demuxer*>(self);
  const std::size_t count =
      demuxer.options_.bytes(reinterpret_cast<char*>(to), static_cast<std::size_t>(most));
  if (count > 0) return static_cast<int>(count);
  return demuxer.options_.stop && demuxer.options_.stop() ? AVERROR_EXIT : AVERROR_EOF;
}

void Demuxer::refuse(int error, const std::string& reason) const {
  if (timed_out_) {
    char limit[32];
    std::snprintf(limit, sizeof limit, "%.2f s", options_.timeout_s);
    throw Error(ErrorCode::kIo, name_ + ": no answer for " + limit);
  }
  if (!reason.empty() && error != AVERROR_EXIT) throw Error(ErrorCode::kIo, name_ + ": " + reason);
  av::refuse(name_, error);
}

// Whatever the input opens, the parts of a playlist as well, is opened by this.
int Demuxer::open_io(AVFormatContext* input, AVIOContext** io, const char* url, int flags,
                     AVDictionary** settings) {
  const auto& demuxer = *static_cast<const Demuxer*>(input->opaque);
  AVDictionary* own = nullptr;
  AVDictionary** const all = settings != nullptr ? settings : &own;
  av_dict_set(all, "tls_verify", demuxer.options_.any_certificate ? "0" : "1", 0);
  const int error = demuxer.default_open_(input, io, url, flags, all);
  av_dict_free(&own);
  return error;
}

void Demuxer::arm() {
  using Clock = std::chrono::steady_clock;
  deadline_ = Clock::now() +
              std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.timeout_s));
}

void Demuxer::open(const std::string& url) {
  AVFormatContext* input = avformat_alloc_context();
  if (input == nullptr) throw std::bad_alloc();
  input->interrupt_callback = {&Demuxer::on_interrupt, this};
  input->opaque = this;
  default_open_ = std::exchange(input->io_open, &Demuxer::open_io);
  if (options_.non_blocking) input->flags |= AVFMT_FLAG_NONBLOCK;
  if (options_.bytes) {
    constexpr int kBuffer = 32768;  // as FFmpeg's own for pipes
    auto* const buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
    bytes_.reset(avio_alloc_context(buffer, kBuffer, 0, this, &Demuxer::on_bytes_wanted, nullptr, nullptr));
    if (buffer == nullptr || !bytes_) throw std::bad_alloc();
    bytes_->seekable = 0;
    input->pb = bytes_.get();
  }
  AVDictionary* settings = nullptr;
  for (const auto& [key, value] : options_.settings) av_dict_set(&settings, key.c_str(), value.c_str(), 0);
  arm();
  const av::ServerAnswer answer;
  int error =
      avformat_open_input(&input, url.c_str(), options_.format, &settings);  // frees input when it fails
  av_dict_free(&settings);
  if (error < 0) refuse(error, answer.reason());
  input_.reset(input);
  arm();
  error = avformat_find_stream_info(input, nullptr);
  if (error < 0 && error != AVERROR(EAGAIN)) refuse(error, answer.reason());
}

void Demuxer::find_streams() {
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    AVStream* stream = input_->streams[i];
    const bool cover =
        (stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) != 0;
    if (cover) stream->discard = AVDISCARD_ALL;
  }
  const int video = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (video < 0 || input_->streams[video]->discard == AVDISCARD_ALL) {
    throw Error(ErrorCode::kUnsupported,
                name_ + ": holds no video, only sound or other data (" + input_->iformat->long_name + ")");
  }
  const int sound = av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, -1, video, nullptr, 0);
  video_ = input_->streams[video];
  sound_ = sound < 0 ? nullptr : input_->streams[sound];
}

int Demuxer::read(AVPacket& packet) {
  arm();
  const int error = av_read_frame(input_.get(), &packet);
  if (error < 0) return error;
  const AVStream* const stream = input_->streams[packet.stream_index];
  const bool begins = (stream == video_ || stream == sound_) && clock_.mend(packet, *stream);
  begins_part_ = begins && stream == video_;
  return error;
}

}  // namespace kith

#include "media/video_writer.h"

#include "core/lower_case.h"
#include "media/container.h"
#include "media/copy_mark.h"
#include "media/film_tags.h"
#include "media/sound.h"
#include "media/video_decoder.h"

extern "C" {
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <kith/error.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace kith {
namespace {

constexpr double kKeyframe_s = 2;  // every fragment starts with a keyframe: at most this much is lost

// x264 where there is one; the others are what FFmpeg is built with elsewhere.
const AVCodec* find_encoder() {
  for (const char* name : {"libx264", "libopenh264", "h264_v4l2m2m", "mpeg4"}) {
    if (const AVCodec* codec = avcodec_find_encoder_by_name(name)) return codec;
  }
  return nullptr;
}

// Ticks of at most 0.1 ms in which the nominal frame time is a whole number: 25 fps -> 1/10000, 23.976 ->
// 1/24000.
AVRational time_base_for(double fps) {
  const AVRational rate = av_d2q(fps, 100000);
  const int factor = std::max(1, (10000 + rate.num - 1) / rate.num);
  return {1, rate.num * factor};
}

cv::Mat fitted(const cv::Mat& image, cv::Size size) {
  if (image.size() == size) return image;
  const double scale =
      std::min(static_cast<double>(size.width) / image.cols, static_cast<double>(size.height) / image.rows);
  const cv::Size inner(std::clamp(static_cast<int>(image.cols * scale), 1, size.width),
                       std::clamp(static_cast<int>(image.rows * scale), 1, size.height));
  cv::Mat scaled, out;
  cv::resize(image, scaled, inner, 0, 0, cv::INTER_AREA);
  const int left = (size.width - inner.width) / 2, top = (size.height - inner.height) / 2;
  cv::copyMakeBorder(scaled, out, top, size.height - inner.height - top, left,
                     size.width - inner.width - left, cv::BORDER_CONSTANT);
  return out;
}

// Where the film begins, as VideoSource sees it: with the first picture that can be decoded.
double first_picture_s(const std::string& film) {
  DecoderOptions options;
  options.settings = file_settings();
  VideoDecoder decoder(file_url(film), film, std::move(options));
  while (true) {
    const VideoDecoder::Item item = decoder.next();
    if (const auto* decoded = std::get_if<VideoDecoder::Decoded>(&item)) return decoded->time_s;
    if (std::holds_alternative<VideoDecoder::End>(item)) return 0;
  }
}

// By its extension, whatever its case.
const char* container_of(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  return extension == ".mkv" ? "matroska" : extension == ".mov" ? "mov" : "mp4";
}

class H264Writer final : public VideoWriter {
 public:
  H264Writer(const std::filesystem::path& path, const VideoWriterOptions& options);
  ~H264Writer() override;
  H264Writer(const H264Writer&) = delete;
  H264Writer& operator=(const H264Writer&) = delete;

  void write(const cv::Mat& image, double time_ms) override;
  void finish() override;
  std::optional<std::string> missing() const override;

 private:
  struct CloseOutput {
    void operator()(AVFormatContext* output) const;
  };
  struct FreeScaler {
    void operator()(SwsContext* scaler) const;
  };

  void open_encoder(const VideoWriterOptions& options);
  void take_over(const std::string& film);
  void open_file();
  void send(const AVFrame* frame);
  void put(AVPacket& packet);
  void check_sound(int error);
  void check(int error, const char* what);

  std::filesystem::path path_;
  cv::Size size_, coded_;
  std::unique_ptr<AVFormatContext, CloseOutput> output_;
  av::CodecPtr encoder_;
  AVStream* stream_ = nullptr;
  std::unique_ptr<Sound> sound_;
  std::string missing_;
  std::unique_ptr<SwsContext, FreeScaler> scaler_;
  av::FramePtr frame_;
  av::PacketPtr packet_ = av::make_packet();
  std::int64_t last_stamp_ = -1, frames_ = 0, frame_ticks_ = 1;
  bool failed_ = false, finished_ = false;
};

void H264Writer::CloseOutput::operator()(AVFormatContext* output) const {
  avio_closep(&output->pb);
  avformat_free_context(output);
}
void H264Writer::FreeScaler::operator()(SwsContext* scaler) const { sws_freeContext(scaler); }

H264Writer::H264Writer(const std::filesystem::path& path, const VideoWriterOptions& options)
    : path_(path), size_(options.size), coded_((size_.width + 1) / 2 * 2, (size_.height + 1) / 2 * 2) {
  av::silence();
  AVFormatContext* output = nullptr;
  const char* const format = container_of(path);
  if (avformat_alloc_output_context2(&output, nullptr, format, path.c_str()) < 0)
    throw Error(ErrorCode::kInternal, path.string() + ": FFmpeg cannot write " + format);
  output_.reset(output);
  open_encoder(options);
  if (!options.film.empty()) take_over(options.film);
  open_file();
}

H264Writer::~H264Writer() {
  try {
    finish();
  } catch (const Error&) {  // reported to those who call finish() themselves
  }
}

void H264Writer::check(int error, const char* what) {
  if (error >= 0) return;
  failed_ = true;
  throw Error(ErrorCode::kIo, path_.string() + ": " + what + " at frame " + std::to_string(frames_) + ": " +
                                  av::describe(error));
}

void H264Writer::open_encoder(const VideoWriterOptions& options) {
  const AVCodec* codec = find_encoder();
  if (codec == nullptr)
    throw Error(ErrorCode::kUnsupported,
                path_.string() + ": this FFmpeg has no H.264 or MPEG-4 encoder: install libx264");
  encoder_.reset(avcodec_alloc_context3(codec));
  if (!encoder_) throw std::bad_alloc();
  const double fps = options.fps > 0 && options.fps <= 1000 ? options.fps : 25;
  encoder_->width = coded_.width;
  encoder_->height = coded_.height;
  encoder_->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder_->time_base = time_base_for(fps);
  encoder_->framerate = av_d2q(fps, 100000);
  encoder_->gop_size = std::max(1, static_cast<int>(std::lround(fps * kKeyframe_s)));
  encoder_->max_b_frames =
      0;  // they would start the picture late: a fragmented file's header is written too early to say so
  encoder_->color_range = AVCOL_RANGE_MPEG;
  encoder_->colorspace = coded_.height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  encoder_->color_primaries = coded_.height >= 720 ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
  encoder_->color_trc = coded_.height >= 720 ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
  encoder_->sample_aspect_ratio = {1, 1};
  if ((output_->oformat->flags & AVFMT_GLOBALHEADER) != 0) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  frame_ticks_ = std::max<std::int64_t>(1, std::llround(1 / (fps * av_q2d(encoder_->time_base))));
  av_opt_set(encoder_->priv_data, "preset", "veryfast",
             0);                                    // x264's own advice for machines with little time
  av_opt_set(encoder_->priv_data, "crf", "20", 0);  // visually close to the source
  if (std::string(codec->name) == "mpeg4") {
    encoder_->flags |= AV_CODEC_FLAG_QSCALE;
    encoder_->global_quality = 3 * FF_QP2LAMBDA;
  }
  const int error = avcodec_open2(encoder_.get(), codec, nullptr);
  if (error < 0)
    throw Error(ErrorCode::kUnsupported, path_.string() + ": the encoder refuses " +
                                             std::to_string(size_.width) + "x" +
                                             std::to_string(size_.height) + " px: " + av::describe(error));
  stream_ = avformat_new_stream(output_.get(), nullptr);
  if (stream_ == nullptr) throw std::bad_alloc();
  stream_->time_base = encoder_->time_base;
  stream_->avg_frame_rate = encoder_->framerate;
  avcodec_parameters_from_context(stream_->codecpar, encoder_.get());
  frame_ = av::make_frame();
  frame_->format = encoder_->pix_fmt;
  frame_->width = coded_.width;
  frame_->height = coded_.height;
  if (av_frame_get_buffer(frame_.get(), 0) < 0) throw std::bad_alloc();
  scaler_.reset(sws_getContext(coded_.width, coded_.height, AV_PIX_FMT_BGR24, coded_.width, coded_.height,
                               AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr, nullptr));
  if (!scaler_) throw std::bad_alloc();
  constexpr int kUnchanged = 1 << 16;
  const int* matrix = sws_getCoefficients(coded_.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601);
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(SWS_CS_DEFAULT), 1, matrix, 0, 0, kUnchanged,
                           kUnchanged);
}

void H264Writer::take_over(const std::string& film) {
  try {
    DemuxerOptions options;
    options.settings = file_settings();
    auto opened = std::make_unique<Demuxer>(file_url(film), film, std::move(options));
    const double start_s = first_picture_s(film);
    copy_tags(opened->input(), start_s, *output_);
    copy_tags(opened->video(), *stream_);
    if (opened->sound() == nullptr) return;
    SoundChoice choice = open_sound(std::make_unique<SoundPackets>(std::move(opened), start_s), *output_);
    sound_ = std::move(choice.sound);
    if (!choice.left_out.empty()) missing_ = "without the film's sound: " + choice.left_out;
  } catch (const Error& error) {
    missing_ = std::string("without the film's sound: ") + error.what();
  }
}

void H264Writer::open_file() {
  check(avio_open(&output_->pb, ("file:" + path_.string()).c_str(), AVIO_FLAG_WRITE), "cannot be written");
  av_dict_set(&output_->metadata, "encoding_tool", kCopyMark.data(), 0);
  if (std::string(output_->oformat->name) == "mov")  // which has no place for the tool
    av_dict_set(&output_->metadata, "comment", kCopyMark.data(), AV_DICT_DONT_OVERWRITE);
  check(av::write_header(*output_, sound_ && sound_->delays_header()), "cannot be written");
}

void H264Writer::write(const cv::Mat& image, double time_ms) {
  if (failed_ || finished_) return;
  cv::Mat picture = fitted(image, size_);
  if (coded_ != size_)
    cv::copyMakeBorder(picture, picture, 0, coded_.height - size_.height, 0, coded_.width - size_.width,
                       cv::BORDER_REPLICATE);
  check(av_frame_make_writable(frame_.get()), "no memory");
  const std::uint8_t* planes[] = {picture.data};
  const int strides[] = {static_cast<int>(picture.step)};
  sws_scale(scaler_.get(), planes, strides, 0, coded_.height, frame_->data, frame_->linesize);
  const std::int64_t stamp = std::llround(time_ms / 1000 / av_q2d(encoder_->time_base));
  frame_->pts = last_stamp_ = std::max(stamp, last_stamp_ + 1);
  send(frame_.get());
  ++frames_;
}

void H264Writer::send(const AVFrame* frame) {
  check(avcodec_send_frame(encoder_.get(), frame), "cannot be encoded");
  while (true) {
    const int error = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return;
    check(error, "cannot be encoded");
    put(*packet_);
  }
}

// A sound that fails is left out from there on; the pictures stay.
void H264Writer::check_sound(int error) {
  if (error >= 0) return;
  if (output_->pb->error < 0) check(error, "cannot be written");
  missing_ = "without the film's sound from frame " + std::to_string(frames_) + " on: " + av::describe(error);
  sound_.reset();
}

// In the order of time, not by av_interleaved_write_frame: what that refuses may be of another stream, or older.
void H264Writer::put(AVPacket& packet) {
  if (packet.duration == 0) packet.duration = frame_ticks_;
  const double start_s = static_cast<double>(packet.dts) * av_q2d(encoder_->time_base);
  if (sound_) check_sound(sound_->write_until(start_s));
  av_packet_rescale_ts(&packet, encoder_->time_base, stream_->time_base);
  packet.stream_index = stream_->index;
  check(av_write_frame(output_.get(), &packet), "cannot be written");
  av_packet_unref(&packet);
}

void H264Writer::finish() {
  if (finished_ || failed_) return;
  finished_ = true;
  send(nullptr);
  const double end_s = static_cast<double>(last_stamp_ + frame_ticks_) * av_q2d(encoder_->time_base);
  if (sound_) check_sound(sound_->finish(end_s));
  if (sound_ && sound_->is_incomplete()) missing_ = "without parts of the film's sound, which it cannot hold";
  check(av_write_trailer(output_.get()), "cannot be written");
  check(avio_closep(&output_->pb), "cannot be written");
}

std::optional<std::string> H264Writer::missing() const {
  return missing_.empty() ? std::nullopt : std::optional(path_.string() + ": " + missing_);
}

}  // namespace

std::unique_ptr<VideoWriter> make_video_writer(const std::filesystem::path& path,
                                               const VideoWriterOptions& options) {
  return std::make_unique<H264Writer>(path, options);
}

}  // namespace kith

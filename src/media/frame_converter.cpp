#include "media/frame_converter.h"

#include "media/av.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <kith/error.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace kith {
namespace {

// Rounds to a multiple of 90 degrees: phones write no others.
Turn turn_of(const AVStream& stream) {
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
  if (data == nullptr) return {};
  std::int32_t matrix[9];
  std::copy_n(reinterpret_cast<const std::int32_t*>(data), 9, matrix);
  Turn turn;
  const double determinant =
      static_cast<double>(matrix[0]) * matrix[4] - static_cast<double>(matrix[1]) * matrix[3];
  if (determinant < 0) {
    turn.mirror = true;
    av_display_matrix_flip(matrix, 1, 0);
  }
  const double degrees = av_display_rotation_get(matrix);  // counter-clockwise
  if (!std::isnan(degrees)) turn.quarter_turns = ((static_cast<int>(std::lround(-degrees / 90)) % 4) + 4) % 4;
  if (turn.mirror && turn.quarter_turns % 2 == 1) turn.quarter_turns = 4 - turn.quarter_turns;
  return turn;
}

double pixel_aspect(const AVFrame& frame) {
  const AVRational aspect = frame.sample_aspect_ratio;
  return aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1.0;
}

cv::Size square_pixels(int width, int height, double aspect) {
  if (aspect < 0.1 || aspect > 10) aspect = 1;  // nonsense in the header
  return {static_cast<int>(std::lround(width * aspect)), height};
}

// The "J" formats are the same planes with the full range said twice.
AVPixelFormat plain_format(int format, bool& full_range) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      full_range = true;
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      full_range = true;
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      full_range = true;
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      full_range = true;
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
      full_range = true;
      return AV_PIX_FMT_YUV411P;
    default:
      return static_cast<AVPixelFormat>(format);
  }
}

// Files that do not say: BT.709 from 720 lines on, BT.601 below, as players do.
int matrix_of(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_UNSPECIFIED:
      return frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    default:
      return SWS_CS_ITU601;
  }
}

}  // namespace

void FrameConverter::FreeScaler::operator()(SwsContext* scaler) const { sws_freeContext(scaler); }

FrameConverter::FrameConverter(const AVStream& stream) : turn_(turn_of(stream)) {}
FrameConverter::~FrameConverter() = default;
FrameConverter::FrameConverter(FrameConverter&&) noexcept = default;

cv::Size FrameConverter::upright_size(int width, int height, double aspect) const {
  cv::Size size = square_pixels(width, height, aspect);
  if (turn_.quarter_turns % 2 == 1) std::swap(size.width, size.height);
  return size;
}

void FrameConverter::prepare(const AVFrame& frame, cv::Size size) {
  bool full_range = frame.color_range == AVCOL_RANGE_JPEG;
  const AVPixelFormat format = plain_format(frame.format, full_range);
  const Layout layout{frame.width, frame.height, format, size, matrix_of(frame), full_range};
  if (scaler_ && layout == layout_) return;
  scaler_.reset(sws_getContext(frame.width, frame.height, format, size.width, size.height, AV_PIX_FMT_BGR24,
                               SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (!scaler_) {
    const char* name = av_get_pix_fmt_name(format);
    throw Error(ErrorCode::kUnsupported, std::string("pixel format ") + (name != nullptr ? name : "unknown"));
  }
  constexpr int kUnchanged = 1 << 16;  // contrast and saturation, 16.16 fixed point
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(layout.matrix), full_range ? 1 : 0,
                           sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, kUnchanged, kUnchanged);
  layout_ = layout;
}

cv::Mat FrameConverter::convert(const AVFrame& frame) {
  const cv::Size size = square_pixels(frame.width, frame.height, pixel_aspect(frame));
  prepare(frame, size);
  // The scaler's vector code writes whole blocks: rows that are no multiple of a block get room at the end
  // first.
  constexpr int kBlock = 32;
  const int padded = (size.width + kBlock - 1) / kBlock * kBlock;
  cv::Mat picture(size.height, padded, CV_8UC3);
  std::uint8_t* planes[] = {picture.data};
  const int strides[] = {static_cast<int>(picture.step)};
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides);
  if (padded != size.width) picture = picture.colRange(0, size.width).clone();
  return turned(picture, turn_);
}

}  // namespace kith

#include "media/jpeg.h"

#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
// libjpeg's header needs <cstdio> before it
#include <jerror.h>
#include <jpeglib.h>
#include <kith/error.h>

#include <opencv2/imgproc.hpp>
#include <string>

#include "media/image_format.h"

namespace kith {
namespace {

// libjpeg reports through these; it must not return from error_exit, and it is C: longjmp is the way it
// provides.
struct Reporter {
  jpeg_error_mgr base;  // first: libjpeg hands us a pointer to it
  std::jmp_buf stop;
  char message[JMSG_LENGTH_MAX];
};

bool is_serious(int code) {
  switch (code) {
    case JWRN_JPEG_EOF:    // the file ends early
    case JWRN_HIT_MARKER:  // picture data ends early
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
      return true;
    default:
      return false;  // odd, but the picture is whole: extra bytes, unusual headers
  }
}

void fail(j_common_ptr info) {
  auto* reporter = reinterpret_cast<Reporter*>(info->err);
  info->err->format_message(info, reporter->message);
  std::longjmp(reporter->stop, 1);
}

void warn(j_common_ptr info, int level) {
  if (level < 0 && is_serious(info->err->msg_code)) fail(info);
}

void stay_silent(j_common_ptr) {}

// Huffman coding spends at least a bit on each block of 8 x 8 samples (ITU-T T.81, F.1.2): a header that
// claims more is of a file that ends early, and nothing is allocated for it. Arithmetic coding may spend
// less; 64 blocks a bit is only reached by a large picture of a single colour.
bool has_too_few_bytes(const jpeg_decompress_struct& info, std::size_t bytes) {
  const std::uint64_t blocks = std::uint64_t{info.image_width} * info.image_height / 64;
  return blocks > std::uint64_t{bytes} * 8 * (info.arith_code == FALSE ? 1 : 64);
}

// Everything that longjmp may skip lives outside of this function. @return false when libjpeg gave up.
// @throws cv::Exception when there is no memory for the picture.
bool decode(jpeg_decompress_struct& info, Reporter& reporter, std::string_view bytes,
            std::uint64_t max_pixels, cv::Mat& picture, bool& too_large) {
  if (setjmp(reporter.stop) != 0) return false;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  too_large = std::uint64_t{info.image_width} * info.image_height > max_pixels;
  if (too_large) return false;
  if (has_too_few_bytes(info, bytes.size())) ERREXIT(&info, JERR_INPUT_EOF);
  const bool four_inks = info.num_components == 4;
  info.out_color_space = four_inks ? JCS_CMYK : JCS_EXT_BGR;
  jpeg_start_decompress(&info);
  picture.create(static_cast<int>(info.output_height), static_cast<int>(info.output_width),
                 four_inks ? CV_8UC4 : CV_8UC3);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = picture.ptr(static_cast<int>(info.output_scanline));
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

// Inks as Adobe writes them, inverted: 255 is no ink.
cv::Mat from_cmyk(const cv::Mat& cmyk) {
  cv::Mat bgr(cmyk.size(), CV_8UC3);
  for (int y = 0; y < cmyk.rows; ++y) {
    const auto* from = cmyk.ptr<cv::Vec4b>(y);
    auto* to = bgr.ptr<cv::Vec3b>(y);
    for (int x = 0; x < cmyk.cols; ++x) {
      for (int c = 0; c < 3; ++c) to[x][c] = static_cast<uchar>((from[x][2 - c] * from[x][3] + 127) / 255);
    }
  }
  return bgr;
}

// As decode(): nothing here needs a destructor. libjpeg allocates `bytes`, the caller frees it.
bool encode(jpeg_compress_struct& info, Reporter& reporter, const cv::Mat& picture, int quality,
            unsigned char*& bytes, unsigned long& size) {
  if (setjmp(reporter.stop) != 0) return false;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(picture.cols);
  info.image_height = static_cast<JDIMENSION>(picture.rows);
  info.input_components = 3;
  info.in_color_space = JCS_EXT_BGR;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<uchar*>(picture.ptr(static_cast<int>(info.next_scanline)));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

std::string encode_jpeg(const cv::Mat& picture, int quality) {
  jpeg_compress_struct info{};
  Reporter reporter{};
  info.err = jpeg_std_error(&reporter.base);
  reporter.base.error_exit = fail;
  reporter.base.output_message = stay_silent;
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const bool whole = encode(info, reporter, picture, quality, bytes, size);
  jpeg_destroy_compress(&info);
  const std::string text(reinterpret_cast<const char*>(bytes), whole ? size : 0);
  std::free(bytes);
  if (!whole) throw Error(ErrorCode::kInternal, std::string("cannot encode JPEG: ") + reporter.message);
  return text;
}

cv::Mat decode_jpeg(std::string_view bytes, std::uint64_t max_pixels) {
  struct Decompressor : jpeg_decompress_struct {
    ~Decompressor() { jpeg_destroy_decompress(this); }
  };
  Decompressor info{};
  Reporter reporter{};
  info.err = jpeg_std_error(&reporter.base);
  reporter.base.error_exit = fail;
  reporter.base.emit_message = warn;
  reporter.base.output_message = stay_silent;
  cv::Mat picture;
  bool too_large = false;
  try {
    const bool whole = decode(info, reporter, bytes, max_pixels, picture, too_large);
    if (too_large) refuse_size(max_pixels);
    if (!whole) throw Error(ErrorCode::kCorrupt, std::string("damaged or cut off: ") + reporter.message);
    return picture.channels() == 4 ? from_cmyk(picture) : picture;
  } catch (const cv::Exception&) {
    throw Error(ErrorCode::kTooLarge, "too large for the memory of this machine");
  }
}

}  // namespace kith

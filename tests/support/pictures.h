// Picture files that tests make for themselves, with the formats' own libraries.
#pragma once

#include <gtest/gtest.h>
#include <libheif/heif.h>
#include <tiffio.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

namespace kith::test {

inline std::string encoded(const std::string& extension, const cv::Mat& image,
                           const std::vector<int>& settings = {}) {
  std::vector<uchar> bytes;
  EXPECT_TRUE(cv::imencode(extension, image, bytes, settings)) << extension;
  return {bytes.begin(), bytes.end()};
}

/// Smooth, with another colour in each corner: top left blue, top right green, bottom left red, bottom right white.
inline cv::Mat corners(int width = 64, int height = 48) {
  cv::Mat small = (cv::Mat_<cv::Vec3b>(2, 2) << cv::Vec3b{255, 0, 0}, cv::Vec3b{0, 255, 0},
                   cv::Vec3b{0, 0, 255}, cv::Vec3b{255, 255, 255});
  cv::Mat image;
  cv::resize(small, image, {width, height}, 0, 0, cv::INTER_NEAREST);
  return image;
}

/// The smallest EXIF block: an orientation.
inline std::string orientation_block(int orientation, bool big_endian = false) {
  using namespace std::string_literals;
  const char o = static_cast<char>(orientation);
  return big_endian ? "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + o + "\0\0\0\0\0\0"s
                    : "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + o + "\0\0\0\0\0\0\0"s;
}

inline std::string big_endian(std::size_t value, int size) {
  std::string bytes;
  for (int i = size; i-- > 0;) bytes += static_cast<char>(value >> 8 * i & 0xFFU);
  return bytes;
}
inline std::string little_endian(std::size_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i & 0xFFU);
  return bytes;
}

inline std::string jpeg_segment(char marker, const std::string& content) {
  return std::string("\xFF") + marker + big_endian(content.size() + 2, 2) + content;
}
/// Behind the file's first two bytes.
inline std::string with_segments(const std::string& jpeg, const std::string& segments) {
  return jpeg.substr(0, 2) + segments + jpeg.substr(2);
}
inline std::string exif_segment(const std::string& block) {
  return jpeg_segment('\xE1', std::string("Exif\0\0", 6) + block);
}

inline std::string png_chunk(const std::string& type, const std::string& content) {
  const std::string checked = type + content;
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return big_endian(content.size(), 4) + checked + big_endian(sum, 4);
}
inline std::string with_chunks(const std::string& png, const std::string& chunks) {
  constexpr std::size_t kHeaderEnd = 33;
  return png.substr(0, kHeaderEnd) + chunks + png.substr(kHeaderEnd);
}

inline std::string webp_chunk(const std::string& type, const std::string& content) {
  return type + little_endian(content.size(), 4) + content + std::string(content.size() % 2, '\0');
}
/// The extended form of a WebP that OpenCV wrote. @param flags  which chunks there are: EXIF 0x08, XMP 0x04, ICC 0x20.
inline std::string extended_webp(const std::string& webp, cv::Size size, unsigned flags,
                                 const std::string& before, const std::string& after) {
  const std::string chunks =
      webp_chunk("VP8X", little_endian(flags, 4) +
                             little_endian(static_cast<std::size_t>(size.width - 1), 3) +
                             little_endian(static_cast<std::size_t>(size.height - 1), 3)) +
      before + webp.substr(12) + after;
  return "RIFF" + little_endian(chunks.size() + 4, 4) + "WEBP" + chunks;
}

struct TiffSettings {
  std::string mode = "w";  // "wl", "wb": byte order; "w8": BigTIFF
  int orientation = 0;     // 0: none is stated
  bool floats = false;     // of the picture's values as they are
  std::string date, icc;
};

/// @param image  CV_8UC3 BGR, or CV_32FC3, CV_32FC1 with `floats`.
inline void write_tiff(const std::filesystem::path& path, const cv::Mat& image,
                       const TiffSettings& settings = {}) {
  TIFF* const tiff = TIFFOpen(path.c_str(), settings.mode.c_str());
  ASSERT_NE(tiff, nullptr);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, image.cols);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, image.rows);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, settings.floats ? 32 : 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, settings.floats ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, image.channels());
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, image.channels() == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 16);
  if (!settings.date.empty()) TIFFSetField(tiff, TIFFTAG_DATETIME, settings.date.c_str());
  if (!settings.icc.empty())
    TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(settings.icc.size()),
                 settings.icc.data());
  if (settings.orientation > 0) TIFFSetField(tiff, TIFFTAG_ORIENTATION, settings.orientation);
  cv::Mat rgb = image.clone();
  if (image.channels() == 3) cv::cvtColor(image, rgb, cv::COLOR_BGR2RGB);
  for (int y = 0; y < rgb.rows; ++y) TIFFWriteScanline(tiff, rgb.ptr(y), static_cast<std::uint32_t>(y), 0);
  TIFFClose(tiff);
}

struct HeifSettings {
  heif_compression_format format = heif_compression_HEVC;
  int orientation = 1;  // by the file's own boxes
  std::string exif;     // a block
  std::string icc;
};

/// Whether this machine's libheif can write and read the format.
inline bool has_heif(heif_compression_format format) {
  return heif_have_encoder_for_format(format) != 0 && heif_have_decoder_for_format(format) != 0;
}

inline heif_image* heif_image_of(const cv::Mat& image) {
  heif_image* out = nullptr;
  const bool alpha = image.channels() == 4;
  cv::Mat rgb;
  cv::cvtColor(image, rgb, alpha ? cv::COLOR_BGRA2RGBA : cv::COLOR_BGR2RGB);
  const heif_chroma chroma = alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB;
  heif_image_create(image.cols, image.rows, heif_colorspace_RGB, chroma, &out);
  heif_image_add_plane(out, heif_channel_interleaved, image.cols, image.rows, 8);
  int stride = 0;
  std::uint8_t* const plane = heif_image_get_plane(out, heif_channel_interleaved, &stride);
  rgb.copyTo(cv::Mat(rgb.rows, rgb.cols, rgb.type(), plane, static_cast<std::size_t>(stride)));
  return out;
}

/// The last picture is the primary one. @param pictures  CV_8UC3 BGR or CV_8UC4 BGRA.
inline void write_heif(const std::filesystem::path& path, const std::vector<cv::Mat>& pictures,
                       const HeifSettings& settings = {}) {
  heif_context* const context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  ASSERT_EQ(heif_context_get_encoder_for_format(context, settings.format, &encoder).code, heif_error_Ok);
  heif_encoder_set_lossy_quality(encoder, 90);
  heif_encoding_options* const options = heif_encoding_options_alloc();
  options->image_orientation = static_cast<heif_orientation>(settings.orientation);
  for (const cv::Mat& picture : pictures) {
    heif_image* const image = heif_image_of(picture);
    if (!settings.icc.empty())
      heif_image_set_raw_color_profile(image, "prof", settings.icc.data(), settings.icc.size());
    heif_image_handle* handle = nullptr;
    ASSERT_EQ(heif_context_encode_image(context, image, encoder, options, &handle).code, heif_error_Ok);
    if (!settings.exif.empty())
      heif_context_add_exif_metadata(context, handle, settings.exif.data(),
                                     static_cast<int>(settings.exif.size()));
    heif_context_set_primary_image(context, handle);
    heif_image_handle_release(handle);
    heif_image_release(image);
  }
  ASSERT_EQ(heif_context_write_to_file(context, path.c_str()).code, heif_error_Ok);
  heif_encoding_options_free(options);
  heif_encoder_release(encoder);
  heif_context_free(context);
}

}  // namespace kith::test

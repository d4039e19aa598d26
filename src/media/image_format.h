// Picture formats, told apart by their first bytes, and whether the bytes are all there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kith {

/// What no picture may have more of, whatever its format (OpenCV's CV_IO_MAX_IMAGE_PIXELS): a header of a few bytes must not
/// claim all memory.
inline constexpr std::uint64_t kMaxPixels = std::uint64_t{1} << 30U;

enum class ImageFormat {
  kUnknown,
  kJpeg,
  kPng,
  kWebp,
  kBmp,
  kTiff,
  kPnm,
  kHeic,
  kAvif,  // read_image reads these
  kGif,
  kJpeg2000,
  kJpegXl,
  kPsd,
  kRaw,   // what a camera's sensor saw
  kText,  // known by name only
};

/// As many bytes as sniff_format looks at.
inline constexpr std::size_t kSniffBytes = 64;

ImageFormat sniff_format(std::string_view head);
/// "JPEG", "camera raw": for messages.
std::string name_of(ImageFormat format);
bool is_readable(ImageFormat format);

/// Width times height, as the header of a PNG, WebP, BMP or PNM states them; 0 where it states none, and for other formats,
/// whose decoders look at it themselves.
std::uint64_t stated_pixels(ImageFormat format, std::string_view bytes);
/// @throws Error kUnsupported, always, without a file name.
[[noreturn]] void refuse_size(std::uint64_t max_pixels);

/// Pictures end early in downloads and on full cards, and some decoders show what there is without a word.
/// @return what is missing, or nullopt when the file's own structure is complete. Formats that the decoder
/// checks: nullopt.
std::optional<std::string> find_cut(ImageFormat format, std::string_view bytes);

/// The value of white in a PNM as OpenCV decodes it: what the file states, 255, 1023, 65535, ...; 0 where OpenCV has scaled
/// the values by itself (bitmaps, and numbers below 256 as text).
int white_of_pnm(std::string_view bytes);

/// Lets a WebP's header state the size that the file has, for decoders that take one too large for a cut-off file.
void mend_webp_size(std::string& bytes);

/// A PNG with only what its picture needs: damaged or odd colour profiles, texts and times are left out.
/// @throws std::invalid_argument when a chunk is cut off or its checksum wrong.
std::string without_extras(std::string_view png);

}  // namespace kith

// PictureMetadata: what a photo says beside its picture (when, where, by whom, in which colours), kept in a copy of it.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <string_view>

#include "media/image_format.h"

namespace kith {

/// Each as its own standard has it; empty where there is none.
struct PictureMetadata {
  std::string exif;  // a TIFF structure, without "Exif\0\0" before it (CIPA DC-008)
  std::string xmp;   // an XML packet (ISO 16684-1)
  std::string icc;   // a colour profile (ISO 15076-1)
  std::string png;   // whole chunks that only a PNG can hold: texts, times, colours without a profile
};

/// The EXIF block of a JPEG, PNG or WebP file, a whole TIFF file; empty where there is none, and for other formats.
std::string_view find_exif(ImageFormat format, std::string_view bytes);

/// Of a JPEG, PNG, WebP, TIFF, HEIC or AVIF file.
PictureMetadata read_metadata(ImageFormat format, std::string_view bytes);

/// @param encoded  a JPEG, PNG, WebP or TIFF file as OpenCV writes it, without any metadata; others are returned as they are.
/// @param size  of its picture, px. @return the file with what its format can hold of `metadata`, changed to say that the
/// picture is upright and of this size. What is too long for the format is left out.
std::string with_metadata(const std::string& encoded, cv::Size size, PictureMetadata metadata);

}  // namespace kith

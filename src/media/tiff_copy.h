// What a TIFF file or an EXIF block says beside its picture, copied into another: numbers in the byte order of the copy, at
// places of their own.
#pragma once

#include <string>
#include <string_view>

namespace kith {

/// @param tiff  a little-endian TIFF file; empty: the copy becomes an EXIF block without a picture.
/// @param source  a TIFF, a BigTIFF or an EXIF block. What, when, where, by whom and with which camera are taken over, also
/// the EXIF and GPS folders; how its picture is stored, its orientation and its thumbnail are not.
/// @param xmp, icc  empty: none.
std::string with_tiff_fields(std::string tiff, std::string_view source, const std::string& xmp,
                             const std::string& icc);

/// The value of a field of bytes (XMP: 700, a colour profile: 34675) in the first folder; empty where there is none.
std::string tiff_bytes(std::string_view tiff, std::uint64_t tag);

}  // namespace kith

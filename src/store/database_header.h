// The first bytes of a SQLite file, read without SQLite, which would roll back another program's unfinished
// changes.
#pragma once

#include <cstdint>
#include <filesystem>

namespace kith {

/// Whose file it is.
inline constexpr std::uint32_t kGalleryId = 0x4B495448;    // "KITH"
inline constexpr std::uint32_t kSightingsId = 0x4B495347;  // "KISG"

struct DatabaseHeader {
  bool sqlite = false;               // else the numbers are 0
  std::uint32_t application_id = 0;  // kGalleryId, kSightingsId, or another program's
  std::uint32_t format = 0;          // user_version
};

/// @throws Error kIo when the file cannot be read.
DatabaseHeader read_database_header(const std::filesystem::path& path);

}  // namespace kith

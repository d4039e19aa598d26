#include "store/database_header.h"

#include <kith/error.h>

#include <cstring>
#include <fstream>

namespace kith {

DatabaseHeader read_database_header(const std::filesystem::path& path) {
  constexpr char kMagic[] = "SQLite format 3";  // with its final zero; SQLite, "Database File Format", 1.3
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorCode::kIo, path.string() + ": cannot be read (permissions?)");
  unsigned char bytes[100] = {};
  in.read(reinterpret_cast<char*>(bytes), sizeof bytes);
  if (in.bad()) throw Error(ErrorCode::kIo, path.string() + ": cannot be read (the disk?)");
  if (in.gcount() < static_cast<std::streamsize>(sizeof bytes)) return {};
  if (std::memcmp(bytes, kMagic, sizeof kMagic) != 0) return {};
  const auto number = [&](int at) {
    return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
           std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
  };
  return {true, number(68), number(60)};
}

}  // namespace kith

#include "media/copy_mark.h"

#include <kith/error.h>
#include <zlib.h>

#include <cstring>
#include <fstream>
#include <string>

namespace kith {
namespace {

constexpr std::size_t kHead = 1 << 19;   // of a film, whose own tags lie before the mark, in pieces of 64 kB
constexpr std::size_t kStart = 1 << 12;  // where the mark of most pictures is

void append_number(std::string& bytes, std::uint32_t number, int count) {
  for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
}

// ITU T.81: a comment, behind APP0, which must come first.
void mark_jpeg(std::vector<uchar>& jpeg) {
  std::size_t at = 2;
  if (jpeg.size() > 6 && jpeg[2] == 0xFF && jpeg[3] == 0xE0) at += 2 + (std::size_t{jpeg[4]} << 8U | jpeg[5]);
  if (at > jpeg.size()) return;
  std::string comment = "\xFF\xFE";
  append_number(comment, static_cast<std::uint32_t>(kCopyMark.size() + 2), 2);
  comment += kCopyMark;
  jpeg.insert(jpeg.begin() + static_cast<std::ptrdiff_t>(at), comment.begin(), comment.end());
}

// PNG, 11.3.4.3 tEXt: behind IHDR, which has 13 bytes.
void mark_png(std::vector<uchar>& png) {
  constexpr std::ptrdiff_t kBehindHeader = 8 + 12 + 13;
  if (png.size() < kBehindHeader) return;
  std::string text = std::string("tEXtSoftware") + '\0' + std::string(kCopyMark);
  std::string chunk;
  append_number(chunk, static_cast<std::uint32_t>(text.size() - 4), 4);
  chunk += text;
  const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  append_number(chunk, static_cast<std::uint32_t>(sum), 4);
  png.insert(png.begin() + kBehindHeader, chunk.begin(), chunk.end());
}

}  // namespace

void add_copy_mark(std::vector<uchar>& picture) {
  if (picture.size() < 8) return;
  if (picture[0] == 0xFF && picture[1] == 0xD8) {
    mark_jpeg(picture);
  } else if (std::memcmp(picture.data(), "\x89PNG", 4) == 0) {
    mark_png(picture);
  } else {
    picture.insert(picture.end(), kCopyMark.begin(), kCopyMark.end());
  }
}

namespace {

class MarkedFile {
 public:
  explicit MarkedFile(const std::filesystem::path& path) : in_(path, std::ios::binary) {}

  bool is_readable() const { return in_.is_open() && !in_.bad(); }

  bool begins_with_it(std::size_t size) {
    std::string head(size, '\0');
    in_.clear();
    in_.seekg(0);
    in_.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(in_.gcount()));
    return head.find(kCopyMark) != head.npos;
  }

  bool ends_with_it() {
    std::string tail(kCopyMark.size(), '\0');
    in_.clear();
    in_.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
    in_.read(tail.data(), static_cast<std::streamsize>(tail.size()));
    return in_.good() && tail == kCopyMark;
  }

 private:
  std::ifstream in_;
};

}  // namespace

bool has_copy_mark(const std::filesystem::path& path) {
  MarkedFile file(path);
  const bool marked = file.begins_with_it(kStart) || file.ends_with_it() || file.begins_with_it(kHead);
  if (!file.is_readable()) throw Error(ErrorCode::kIo, path.string() + ": cannot be read (permissions?)");
  return marked;
}

bool is_marked_picture(const std::filesystem::path& path) noexcept {
  MarkedFile file(path);
  return file.begins_with_it(kStart) || file.ends_with_it();
}

}  // namespace kith

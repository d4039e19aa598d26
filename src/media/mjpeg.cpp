#include "media/mjpeg.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace kith {
namespace {

// Markers of ITU-T T.81, table B.1.
constexpr unsigned kTem = 0x01, kRst0 = 0xD0, kRst7 = 0xD7, kSoi = 0xD8, kEoi = 0xD9, kSos = 0xDA,
                   kApp2 = 0xE2;

bool is_frame(unsigned marker) {  // SOF: it states the size
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

struct Picture {
  std::string size;     // height and width as they stand there
  std::size_t end = 0;  // behind its EOI, 0 while that is not known
  bool has_others = false;
  bool broken = false;
};

// Reads from an SOI on, as far as the bytes go.
Picture read_picture(std::string_view bytes, std::size_t at) {
  Picture picture;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  at += 2;
  while (at + 4 <= bytes.size() || (at + 2 <= bytes.size() && byte(at + 1) == kEoi)) {
    if (byte(at) != 0xFF) {
      picture.broken = true;
      return picture;
    }
    const unsigned marker = byte(at + 1);
    if (marker == 0xFF) {  // fill
      ++at;
    } else if (marker == kEoi) {
      picture.end = at + 2;
      return picture;
    } else if (marker == kTem || (marker >= kRst0 && marker <= kSoi)) {
      at += 2;
    } else {
      const std::size_t length = byte(at + 2) * 256U + byte(at + 3);
      if (is_frame(marker) && at + 9 <= bytes.size()) picture.size = bytes.substr(at + 5, 4);
      if (marker == kApp2 && bytes.substr(at + 4, 4) == std::string_view("MPF\0", 4))
        picture.has_others = true;
      at += 2 + length;
      if (marker != kSos) continue;
      // Coded data, up to a marker that is none of its own: 0xFF is written as FF 00, RST divides it.
      for (; at + 1 < bytes.size(); ++at) {
        at = std::min(bytes.find('\xFF', at), bytes.size());
        if (at + 1 >= bytes.size()) break;
        const unsigned next = byte(at + 1);
        if (next != 0 && next != 0xFF && (next < kRst0 || next > kRst7)) break;
      }
    }
  }
  return picture;
}

// @return nullopt while the bytes do not tell.
std::optional<bool> holds_two(std::string_view bytes) {
  const Picture first = read_picture(bytes, 0);
  if (first.has_others || first.broken) return false;
  if (first.end == 0 || first.size.empty()) return std::nullopt;
  std::size_t next = first.end;  // frames in some files are filled up to a round size
  while (next < bytes.size() && bytes[next] == '\0') ++next;
  if (next + 3 > bytes.size()) return std::nullopt;
  if (bytes.substr(next, 3) != "\xFF\xD8\xFF") return false;
  const Picture second = read_picture(bytes, next);
  if (second.broken) return false;
  if (second.size.empty()) return std::nullopt;
  return second.size == first.size;
}

}  // namespace

bool is_jpeg_film(const Peek& peek) {
  constexpr std::size_t kFirst = std::size_t{1} << 16U;
  constexpr std::size_t kMost = std::size_t{1} << 28U;  // no single picture is as long
  for (std::size_t wanted = kFirst; wanted <= kMost; wanted *= 4) {
    const std::string_view bytes = peek(wanted);
    if (!bytes.starts_with("\xFF\xD8\xFF")) return false;
    if (const std::optional<bool> answer = holds_two(bytes)) return *answer;
    if (bytes.size() < wanted) return false;
  }
  return false;
}

}  // namespace kith

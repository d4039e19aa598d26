// look_at: a photo's bytes -> its faces, within limits.
#pragma once

#include <kith/stages.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

/// Everything that was seen in a photo.
struct LookedAt {
  cv::Size size;                                      // px, upright
  std::vector<SeenFace> faces;                        // as Stages::look orders them
  double decode_ms = 0, detect_ms = 0, embed_ms = 0;  // what it took
};

/// The face that a photo of one person is about (kith::main_face); null: it has none. Valid as long as `photo`.
const SeenFace* main_face(const LookedAt& photo);

struct LookAt {
  std::uint64_t max_pixels = 64'000'000;  // more are refused before they are decoded: 200 MB in memory
  bool is_chip = false;                   // the whole picture is one face's chip: nothing is detected
  bool embed = true;                      // else SeenFace has neither chip nor vector
};

/// May be called from several threads at once. @param name  what messages call the photo.
/// @throws Error kCorrupt, kUnsupported (no picture, too large), as decode_image and Stages do.
LookedAt look_at(const Stages& stages, std::string_view bytes, const std::string& name, const LookAt& how);

}  // namespace kith

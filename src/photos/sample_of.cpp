#include <kith/enrol.h>
#include <kith/frame.h>

#include "core/checksum.h"
#include "core/files.h"

namespace kith {

std::optional<Sample> sample_of(const Stages& stages, const std::filesystem::path& photo) {
  Sample sample;
  sample.source = photo.string();
  sample.checksum = sha256_hex(read_file(photo));
  std::vector<SeenFace> seen = stages.look(read_image(photo), {.main_only = true});
  if (seen.empty()) return std::nullopt;
  sample.embedding = std::move(seen.front().embedding);
  sample.quality = seen.front().quality;
  return sample;
}

}  // namespace kith

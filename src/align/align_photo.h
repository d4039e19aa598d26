// One photo of `kith align` -> what became of it, and its chips.
#pragma once

#include <filesystem>
#include <vector>

#include "align/align_job.h"

namespace kith {

struct AlignedPhoto {
  AlignItem item;           // without source, base and chip names
  std::vector<Chip> chips;  // one for each of item.taken
};

/// Too small means: no face was found until the picture was enlarged twice (and then surely); or the picture itself is
/// smaller than any face can be. A photo that cannot be read or processed is kUnreadable: nothing is thrown.
AlignedPhoto align_photo(const Stages& stages, const AlignOptions& options,
                         const std::filesystem::path& photo);

}  // namespace kith

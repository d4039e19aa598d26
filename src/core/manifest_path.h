// The file by which a folder of chips is known.
#pragma once

#include <filesystem>

namespace kith {

/// CHIPS/kith-chips.json (photos/chips_manifest.h).
inline std::filesystem::path manifest_path(const std::filesystem::path& chips) {
  return chips / "kith-chips.json";
}

}  // namespace kith

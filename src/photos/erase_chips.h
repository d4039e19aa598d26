// A person's chips, with what the folder says of them, are erased from a folder that `align` wrote.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace kith {

/// Whose chips: those in a folder of this name, and those of these photos, wherever they lie in the folder by now.
struct ChipsOf {
  std::set<std::string> names;      // spellings of one name
  std::set<std::string> checksums;  // sha256 of photos
};

struct ErasedChips {
  std::int64_t chips = 0;
  std::int64_t lines = 0;  // of the journal
  bool audit = false;  // the audit of the folder went too: it shows the faces; aligning again makes it anew
};

/// Only what Kith wrote: chips that the journal knows, its lines, the audit.
/// @param dry_run  only counts.
/// @throws Error kInvalidArgument when a run is writing there, kIo.
ErasedChips erase_chips(const std::filesystem::path& chips, const ChipsOf& whose, bool dry_run);

}  // namespace kith

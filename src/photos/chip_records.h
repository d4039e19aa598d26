// Chip records: what `align` knew of the photo behind each chip, so that learning from chips is learning from photos.
// They lie in the journal CHIPS/kith-align.jsonl (align/align_journal.h writes it; docs/formats.md).
#pragma once

#include <kith/face.h>

#include <filesystem>
#include <map>
#include <string>

namespace kith {

struct ChipRecord {
  std::filesystem::path source;  // the photo, absolute
  std::string checksum;          // sha256 of the photo's bytes
  Face face;                     // in px of the photo
};

/// By the sha256 of the chip's bytes: a chip that was moved or renamed keeps its record, one that was changed has none.
using ChipRecords = std::map<std::string, ChipRecord>;

/// CHIPS/kith-align.jsonl
std::filesystem::path journal_path(const std::filesystem::path& chips);

/// @return nothing for chips without a journal, or whose journal is older than records.
/// @throws Error kIo.
ChipRecords load_chip_records(const std::filesystem::path& chips);

}  // namespace kith

// AlignItem: what became of one input of `kith align`. The journal, the audit and --json all show it.
#pragma once

#include <kith/face.h>

#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace kith {

/// Every input ends as exactly one of these.
enum class AlignStatus {
  kAligned,       // one face, one chip
  kSeveralFaces,  // aligned; `why` says which face was taken
  kNoFace,
  kTooSmall,    // a face, but smaller than asked for (align_photo.cpp states the rule)
  kUnreadable,  // could not be read or processed; `error` says why
  kDuplicate,   // shows the same picture as `duplicate_of`, which comes first by name
  kPassedOver,  // not named like a picture
  kPending,     // not looked at: the run was interrupted
};
inline constexpr std::array kAlignStatuses{
    AlignStatus::kAligned,    AlignStatus::kSeveralFaces, AlignStatus::kNoFace,     AlignStatus::kTooSmall,
    AlignStatus::kUnreadable, AlignStatus::kDuplicate,    AlignStatus::kPassedOver, AlignStatus::kPending};
/// "aligned", "several_faces", ...: the words of the JSON.
const char* to_string(AlignStatus status);
/// "aligned", "several faces", ...: for people.
std::string title(AlignStatus status);

struct AlignItem {
  struct Taken {
    Face face;           // px of the photo
    std::string chip;    // below CHIPS, with '/'
    std::string sha256;  // of the chip's file: what its record is found by (photos/chip_records.h)
  };
  std::string source;  // the path as found under the given folder
  AlignStatus status = AlignStatus::kPending;
  cv::Size size;  // of the photo, upright; 0 x 0 when unreadable
  int faces = 0;  // found
  std::vector<Taken> taken;
  std::string why;           // in words; may be empty
  std::string error;         // kUnreadable
  std::string duplicate_of;  // kDuplicate: its source
  std::string
      thumbnail;  // JPEG in base64; empty where there is none, or where the page shows no more of the kind

  // For a later run (align_journal.h).
  std::string sha256;  // of the photo's file; empty when it was not read
  std::string base;    // chips are CHIPS/<base>.png or CHIPS/<base>_<i>.png
  std::string pixels;  // sha256 of the decoded picture
};

/// A line of --json and an entry of audit.json; an unreadable one is {"source","error",...}.
nlohmann::ordered_json to_json(const AlignItem& item);
AlignItem parse_align_item(const nlohmann::ordered_json& json);

struct AlignReport {
  std::vector<AlignItem> items;  // by source
  bool interrupted = false;

  std::map<AlignStatus, std::int64_t> counts() const;  // all statuses; they add up to items.size()
  std::int64_t chips() const;
};

/// {"summary":{"inputs":...,"aligned":...,...,"chips":...}}
nlohmann::ordered_json summary_json(const AlignReport& report);

}  // namespace kith

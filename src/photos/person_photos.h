// PersonPhotos: photos sorted by whom they show, a folder a person, and what the networks see in each. Train,
// classify and `people add` all start here.
#pragma once

#include <kith/person.h>
#include <kith/stages.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "photos/chip_records.h"

namespace kith {

/// One photo of one person.
struct PersonPhoto {
  std::filesystem::path path;
  std::string
      folder;  // the person's folder: the first one below the input, else the input's own; normal_name() of it
  bool chip = false;   // cut by `kith align`: embedded as it is
  bool loose = false;  // lies beside the persons' folders, not in one
  std::shared_ptr<const ChipRecords> records =
      {};  // of the chip's folder, shared by its chips; null for photos
};

struct PersonPhotoList {
  std::vector<PersonPhoto> photos;  // input by input, by name
  std::vector<std::pair<std::filesystem::path, std::string>>
      unreadable;  // inputs and folders that could not be listed: why
  std::map<std::string, std::set<std::string>>
      folders;  // where each PersonPhoto::folder lies, absolute; also the empty ones
};

/// @param inputs  folders with a folder a person, folders of one person's photos, chips, single photos.
/// @throws Error kInvalidArgument when chips are not what the embedder needs; says which `kith align` options
/// are.
PersonPhotoList list_person_photos(std::span<const std::string> inputs, const Embedder& embedder);

enum class PhotoStatus {
  kUsed,  // has an embedding
  kNoFace,
  kUnreadable,  // `error` says why
  kDuplicate,   // the same file as `duplicate_of`, which comes first, under the same name
  kNoPerson,    // lies beside the persons' folders, or in one whose name is nobody's
  kRejected,    // noted as not this person's (Gallery::reject)
  kPending,     // not looked at: the run was interrupted
};
/// "used", "no_face", ...: the words of the JSON.
const char* to_string(PhotoStatus status);

struct PhotoOutcome {
  PhotoStatus status = PhotoStatus::kPending;
  std::string error;
  std::string duplicate_of;
  bool other_face = false;  // not the main one: enrol/agreeing_face.h
  Sample sample;            // of the face that the photo is about (main_face); embedding empty unless used
};

/// As many photos at a time as the stages have threads, each in memory only while it is looked at.
/// @return one outcome a photo, in order; kUsed, kNoFace, kUnreadable or (after `stop`) kPending.
std::vector<PhotoOutcome> embed_photos(const Stages& stages, std::span<const PersonPhoto> photos,
                                       const std::atomic<bool>& stop, const ReportProgress& progress);

}  // namespace kith

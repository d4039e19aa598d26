#include "photos/person_photos.h"

#include <kith/error.h>
#include <kith/frame.h>
#include <kith/quality.h>

#include <algorithm>

#include "core/checksum.h"
#include "core/files.h"
#include "core/person_name.h"
#include "photos/chips_manifest.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

// Without a "/" at the end; "" is the current folder, where a path without a parent lies.
fs::path absolute_folder(const fs::path& folder) {
  fs::path path = fs::absolute(folder.empty() ? fs::path(".") : folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

// "photos/", "." and ".." have names too.
std::string own_name(const fs::path& folder) {
  return normal_name(absolute_folder(folder).filename().string());
}

// Folders below the input in which there is no picture at all.
void add_empty_folders(const fs::path& input, const PhotoList& found, PersonPhotoList& list) {
  std::error_code failed;
  for (fs::directory_iterator entry(input, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code ignored;
    const auto is_this = [&](const auto& left_out) { return left_out.folder == entry->path(); };
    if (!entry->is_directory(ignored) || std::ranges::any_of(found.left_out, is_this)) continue;
    list.folders[own_name(entry->path())].insert(absolute_folder(entry->path()).string());
  }
}

// @return null when the folder holds photos.
std::shared_ptr<const ChipRecords> records_of(const fs::path& input, const Embedder& embedder) {
  const std::optional<fs::path> chips = chips_root(input);
  if (!chips) return nullptr;
  require_geometry(*chips, *load_manifest(*chips), embedder.geometry(), embedder.name());
  return std::make_shared<const ChipRecords>(load_chip_records(*chips));
}

void list_folder(const fs::path& input, const Embedder& embedder, PersonPhotoList& list) {
  const std::shared_ptr<const ChipRecords> records = records_of(input, embedder);
  const PhotoList found = list_photos(input);
  std::ranges::copy(found.unreadable, std::back_inserter(list.unreadable));
  const auto below = [&](const fs::path& photo) { return photo.lexically_relative(input); };
  const bool sorted =
      std::ranges::any_of(found.pictures, [&](const fs::path& p) { return below(p).has_parent_path(); });
  for (const fs::path& photo : found.pictures) {
    const fs::path path = below(photo);
    const bool direct = !path.has_parent_path();
    const fs::path folder = direct ? input : input / *path.begin();
    list.photos.push_back({photo, own_name(folder), records != nullptr, direct && sorted, records});
    if (!(direct && sorted)) list.folders[own_name(folder)].insert(absolute_folder(folder).string());
  }
  if (sorted) add_empty_folders(input, found, list);
}

cv::Mat read_chip(const fs::path& path, const ChipGeometry& geometry) {
  cv::Mat chip = read_image(path);
  if (chip.size() != geometry.size) {
    throw Error(ErrorCode::kCorrupt,
                path.string() + ": is no chip of " + describe(geometry) + "; align the photos again");
  }
  return chip;
}

// A chip stands for the face in the photo that it was cut from.
std::optional<Face> recorded_face(const PersonPhoto& photo, Sample& sample) {
  const auto record = photo.records->find(sample.checksum);
  if (record == photo.records->end()) return std::nullopt;  // changed by hand, or older than records
  sample.source = record->second.source.string();
  sample.checksum = record->second.checksum;
  return record->second.face;
}

PhotoOutcome embed_photo(const Stages& stages, const PersonPhoto& photo) {
  PhotoOutcome outcome;
  outcome.sample.source = photo.path.string();
  outcome.sample.checksum = sha256_hex(read_file(photo.path));
  if (photo.chip) {
    const Chip chip = read_chip(photo.path, stages.embedder().geometry());
    const std::optional<Face> face = recorded_face(photo, outcome.sample);
    std::vector<float> norms;
    outcome.sample.embedding = stages.embedder().embed(std::span(&chip, 1), norms).front();
    if (face) outcome.sample.quality = quality(*face, chip, norms.front());
  } else {
    std::vector<SeenFace> seen = stages.look(read_image(photo.path), {.main_only = true});
    if (seen.empty()) {
      outcome.status = PhotoStatus::kNoFace;
      return outcome;
    }
    outcome.sample.embedding = std::move(seen.front().embedding);
    outcome.sample.quality = seen.front().quality;
  }
  outcome.status = PhotoStatus::kUsed;
  return outcome;
}

}  // namespace

const char* to_string(PhotoStatus status) {
  switch (status) {
    case PhotoStatus::kUsed:
      return "used";
    case PhotoStatus::kNoFace:
      return "no_face";
    case PhotoStatus::kUnreadable:
      return "unreadable";
    case PhotoStatus::kDuplicate:
      return "duplicate";
    case PhotoStatus::kNoPerson:
      return "no_person";
    case PhotoStatus::kRejected:
      return "rejected";
    case PhotoStatus::kPending:
      break;
  }
  return "pending";
}

PersonPhotoList list_person_photos(std::span<const std::string> inputs, const Embedder& embedder) {
  PersonPhotoList list;
  for (const std::string& input : inputs) {
    std::error_code ignored;
    if (fs::is_directory(input, ignored)) {
      list_folder(input, embedder, list);
    } else if (!fs::exists(input, ignored)) {
      list.unreadable.emplace_back(input, input + ": no such file or folder");
    } else {
      const fs::path folder = fs::absolute(input).parent_path();  // a bare name has no parent by itself
      const std::shared_ptr<const ChipRecords> records = records_of(input, embedder);
      list.photos.push_back({input, own_name(folder), records != nullptr, false, records});
    }
  }
  return list;
}

std::vector<PhotoOutcome> embed_photos(const Stages& stages, std::span<const PersonPhoto> photos,
                                       const std::atomic<bool>& stop, const ReportProgress& progress) {
  std::vector<PhotoOutcome> outcomes(photos.size());
  std::atomic<std::int64_t> done = 0;
  for_each_in_parallel(photos.size(), stages.threads(), stop, [&](std::size_t i) {
    try {
      outcomes[i] = embed_photo(stages, photos[i]);
    } catch (const std::exception& e) {  // also OpenCV's own, and memory that one huge picture asks for
      outcomes[i].status = PhotoStatus::kUnreadable;
      outcomes[i].error = e.what();
    }
    progress(++done, static_cast<std::int64_t>(photos.size()));
  });
  return outcomes;
}

}  // namespace kith

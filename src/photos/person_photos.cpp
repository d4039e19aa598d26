#include "photos/person_photos.h"

#include <kith/enrol.h>
#include <kith/error.h>
#include <kith/frame.h>
#include <kith/quality.h>

#include <algorithm>
#include <map>

#include "core/checksum.h"
#include "core/files.h"
#include "core/foreign_error.h"
#include "core/person_name.h"
#include "media/image_file.h"
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

// What is known of the chips of each folder, read once however many of its chips are inputs.
class KnownChips {
 public:
  explicit KnownChips(const Embedder& embedder) : embedder_(embedder) {}

  // @return null when the input holds photos, or is one.
  std::shared_ptr<const ChipRecords> of(const fs::path& input) {
    const std::optional<fs::path> chips = chips_root(input);
    if (!chips) return nullptr;
    std::shared_ptr<const ChipRecords>& records = by_folder_[*chips];
    if (!records) {
      require_geometry(*chips, *load_manifest(*chips), embedder_.geometry(), embedder_.name());
      records = std::make_shared<const ChipRecords>(load_chip_records(*chips));
    }
    return records;
  }

 private:
  const Embedder& embedder_;
  std::map<fs::path, std::shared_ptr<const ChipRecords>> by_folder_;
};

void list_folder(const fs::path& input, KnownChips& known, PersonPhotoList& list) {
  const std::shared_ptr<const ChipRecords> records = known.of(input);
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

cv::Mat decode_chip(const std::string& bytes, const fs::path& path, const ChipGeometry& geometry) {
  cv::Mat chip = decode_image(bytes, path.string());
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

// Without an embedding yet.
Sample sample_at(const fs::path& photo, const std::string& bytes) {
  Sample sample;
  sample.source = photo.string();
  sample.checksum = sha256_hex(bytes);
  return sample;
}

// @return whether there is a face.
bool see_main_face(const Stages& stages, const std::string& bytes, Sample& sample) {
  std::vector<SeenFace> seen = stages.look(decode_image(bytes, sample.source), {.main_only = true});
  if (seen.empty()) return false;
  sample.embedding = std::move(seen.front().embedding);
  sample.quality = seen.front().quality;
  return true;
}

// A chip whose vector is shorter shows nothing like a face, or one on its head: of detections that are none 70 % are, of faces
// 0.3 % (docs/accuracy.md, "Is it a face?"). Nobody looked for a face in it.
constexpr float kLeastNorm = 0.5F;

PhotoOutcome embed_photo(const Stages& stages, const PersonPhoto& photo) {
  PhotoOutcome outcome;
  const std::string bytes = read_file(photo.path);
  outcome.sample = sample_at(photo.path, bytes);
  if (photo.chip) {
    const Chip chip = decode_chip(bytes, photo.path, stages.embedder().geometry());
    const std::optional<Face> face = recorded_face(photo, outcome.sample);
    std::vector<float> norms;
    outcome.sample.embedding = stages.embedder().embed(std::span(&chip, 1), norms).front();
    if (norms.front() < kLeastNorm) {
      outcome.status = PhotoStatus::kNoFace;
      return outcome;
    }
    if (face) outcome.sample.quality = quality(*face, norms.front());
  } else if (!see_main_face(stages, bytes, outcome.sample)) {
    outcome.status = PhotoStatus::kNoFace;
    return outcome;
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

std::optional<Sample> sample_of(const Stages& stages, const fs::path& photo) {
  const std::string bytes = read_file(photo);
  Sample sample = sample_at(photo, bytes);
  return see_main_face(stages, bytes, sample) ? std::optional(std::move(sample)) : std::nullopt;
}

PersonPhotoList list_person_photos(std::span<const std::string> inputs, const Embedder& embedder) {
  PersonPhotoList list;
  KnownChips known(embedder);
  for (const std::string& input : inputs) {
    std::error_code ignored;
    if (fs::is_directory(input, ignored)) {
      list_folder(input, known, list);
    } else if (!fs::exists(input, ignored)) {
      list.unreadable.emplace_back(input, input + ": no such file or folder");
    } else {
      const fs::path folder = fs::absolute(input).parent_path();  // a bare name has no parent by itself
      const std::shared_ptr<const ChipRecords> records = known.of(input);
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
      outcomes[i].error = describe(e);
    }
    progress(++done, static_cast<std::int64_t>(photos.size()));
  });
  return outcomes;
}

}  // namespace kith

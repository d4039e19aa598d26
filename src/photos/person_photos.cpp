#include "photos/person_photos.h"

#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>

#include "core/checksum.h"
#include "core/files.h"
#include "face/quality.h"
#include "photos/chips_manifest.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

// "photos/", "." and ".." have names too.
std::string own_name(const fs::path& folder) {
  fs::path path = fs::absolute(folder).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

// The manifest lies at the root of the chips; one person's folder of them is an input too.
// @return null when the folder holds photos.
std::shared_ptr<const ChipRecords> records_of(const fs::path& input, const Embedder& embedder) {
  for (const fs::path& folder : {input, fs::absolute(input / "..").lexically_normal()}) {
    const std::optional<ChipsManifest> manifest = load_manifest(folder);
    if (!manifest) continue;
    require_geometry(folder, *manifest, embedder.geometry(), embedder.name());
    return std::make_shared<const ChipRecords>(load_chip_records(folder));
  }
  return nullptr;
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
    list.photos.push_back({photo, direct ? own_name(input) : path.begin()->string(), records != nullptr,
                           direct && sorted, records});
  }
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
  Chip chip;
  std::optional<Face> face;
  if (photo.chip) {
    chip = read_chip(photo.path, stages.embedder().geometry());
    face = recorded_face(photo, outcome.sample);
  } else {
    const cv::Mat image = read_image(photo.path);
    const std::vector<Face> faces = stages.detect(image);
    if (faces.empty()) {
      outcome.status = PhotoStatus::kNoFace;
      return outcome;
    }
    face = faces[main_face(faces, image.size())];
    chip = stages.align(image, std::span(&*face, 1)).front();
  }
  std::vector<float> norms;
  outcome.sample.embedding = stages.embedder().embed(std::span(&chip, 1), norms).front();
  if (face) outcome.sample.quality = quality(*face, chip, norms.front());
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
      const std::shared_ptr<const ChipRecords> records = records_of(folder, embedder);
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

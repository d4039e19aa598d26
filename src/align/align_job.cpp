#include "align/align_job.h"

#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <random>
#include <sstream>

#include "align/align_journal.h"
#include "align/align_names.h"
#include "align/align_photo.h"
#include "align/audit.h"
#include "core/checksum.h"
#include "core/files.h"
#include "media/modules.h"
#include "model/catalog.h"
#include "model/model_file.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

// The audit page shows this many pictures of a kind; more would make it too large to open.
constexpr int kThumbnailsOfAKind = 1000;

class AlignJob {
 public:
  AlignJob(const Stages& stages, const AlignOptions& options)
      : stages_(stages), options_(options), journal_(options.output) {}

  AlignReport run(const std::atomic<bool>& stop, const ReportProgress& progress);

 private:
  void list_inputs();
  void name_chips();
  std::vector<std::size_t> take_over_finished();
  void process(std::size_t index);
  void write_chips(const std::vector<Chip>& chips, AlignItem& item) const;
  void remove_old_chips(const fs::path& photo, const AlignItem& item) const;
  void mark_duplicates();
  AlignReport report(bool interrupted);

  const Stages& stages_;
  const AlignOptions& options_;
  AlignJournal journal_;
  std::vector<fs::path> photos_;   // what there is to align, by name
  std::vector<AlignItem> items_;   // one a photo
  std::vector<AlignItem> others_;  // passed over, or folders that could not be opened
  std::mutex mutex_;               // guards journal_ and thumbnails_
  std::map<AlignStatus, int> thumbnails_;
};

void AlignJob::list_inputs() {
  const PhotoList list =
      list_photos(options_.input, {options_.output});  // chips that lie below the photos are not photos
  photos_ = list.pictures;
  const auto pass_over = [&](const fs::path& path, const std::string& why) {
    AlignItem& item = others_.emplace_back();
    item.source = path.string();
    item.status = AlignStatus::kPassedOver;
    item.why = why;
  };
  for (const fs::path& file : list.passed_over) pass_over(file, "not named like a picture");
  for (const fs::path& film : list.films) pass_over(film, "a film");
  for (const PhotoList::LeftOut& folder : list.left_out) pass_over(folder.folder, folder.why);
  for (const auto& [folder, why] : list.unreadable) {
    AlignItem& item = others_.emplace_back();
    item.source = folder.string();
    item.status = AlignStatus::kUnreadable;
    item.error = why;
  }
}

void AlignJob::name_chips() {
  std::map<fs::path, std::ptrdiff_t> index;
  std::vector<fs::path> below;
  for (const fs::path& photo : photos_) {
    index.emplace(AlignJournal::key(photo), std::ssize(below));
    below.push_back(photo.lexically_relative(options_.input));
  }
  std::map<std::string, std::ptrdiff_t> claimed;
  for (const auto& [name, photo] : journal_.claimed()) {
    const auto found = index.find(photo);
    claimed.emplace(name, found == index.end() ? -1 : found->second);
  }
  const std::vector<std::string> names = chip_names(below, claimed);
  items_.resize(photos_.size());
  for (std::size_t i = 0; i < photos_.size(); ++i) {
    items_[i].source = photos_[i].string();
    items_[i].base = names[i];
  }
}

// @return what is left to do.
std::vector<std::size_t> AlignJob::take_over_finished() {
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < photos_.size(); ++i) {
    const AlignItem* finished = journal_.finished(photos_[i]);
    if (finished == nullptr) {
      left.push_back(i);
      continue;
    }
    items_[i] = *finished;
    items_[i].source = photos_[i].string();
    if (!items_[i].thumbnail.empty()) ++thumbnails_[items_[i].status];
  }
  if (options_.random_order) std::shuffle(left.begin(), left.end(), std::mt19937(std::random_device()()));
  return left;
}

AlignReport AlignJob::run(const std::atomic<bool>& stop, const ReportProgress& progress) {
  list_inputs();
  name_chips();
  const std::vector<std::size_t> left = take_over_finished();
  const auto total = std::ssize(photos_);
  std::atomic<std::int64_t> done = total - std::ssize(left);
  progress(done, total);
  for_each_in_parallel(left.size(), options_.workers, stop, [&](std::size_t i) {
    process(left[i]);
    progress(++done, total);
  });
  mark_duplicates();
  return report(done < total);
}

void AlignJob::process(std::size_t index) {
  auto [item, chips] = align_photo(stages_, options_, photos_[index]);
  item.source = items_[index].source;
  item.base = items_[index].base;
  bool written = true;
  try {
    write_chips(chips, item);
  } catch (
      const Error& e) {  // a full disk, a name that is too long: this photo's loss only, until the next run
    item.status = AlignStatus::kUnreadable;
    item.error = e.what();
    item.taken.clear();
    item.pixels.clear();  // nobody's original
    written = false;
  }
  const std::scoped_lock lock(mutex_);
  if (!item.thumbnail.empty() && ++thumbnails_[item.status] > kThumbnailsOfAKind) item.thumbnail.clear();
  if (written) {
    remove_old_chips(photos_[index], item);
    journal_.add(photos_[index], item);
  }
  items_[index] = std::move(item);
}

void AlignJob::write_chips(const std::vector<Chip>& chips, AlignItem& item) const {
  for (std::size_t i = 0; i < chips.size(); ++i) {
    AlignItem::Taken& taken = item.taken[i];
    taken.chip = item.base + (options_.multiple_faces ? '_' + std::to_string(i) : "") + ".png";
    const std::vector<uchar> png = picture_module().encode(".png", chips[i], 0);
    const std::string_view bytes(reinterpret_cast<const char*>(png.data()), png.size());
    taken.sha256 = sha256_hex(bytes);
    write_file(options_.output / taken.chip, bytes);
  }
}

// A photo that changed since the last run may have fewer faces now.
void AlignJob::remove_old_chips(const fs::path& photo, const AlignItem& item) const {
  const AlignItem* previous = journal_.previous(photo);
  if (previous == nullptr) return;
  for (const AlignItem::Taken& old : previous->taken) {
    const bool replaced = std::any_of(item.taken.begin(), item.taken.end(),
                                      [&](const AlignItem::Taken& now) { return now.chip == old.chip; });
    if (!replaced) journal_.remove_chip(old.chip);
  }
}

// Afterwards, since which photo is finished first is a matter of chance, and which comes first by name is
// not.
void AlignJob::mark_duplicates() {
  std::map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    AlignItem& item = items_[i];
    if (item.pixels.empty()) continue;
    const auto [found, is_first] = first.emplace(item.pixels, i);
    const AlignItem& original = items_[found->second];
    if (is_first || item.duplicate_of == original.source) continue;
    for (const AlignItem::Taken& taken : item.taken) journal_.remove_chip(taken.chip);
    const bool same_file = item.sha256 == original.sha256;
    const bool same_folder = photos_[i].parent_path() == photos_[found->second].parent_path();
    item.status = AlignStatus::kDuplicate;
    item.taken.clear();
    item.duplicate_of = original.source;
    item.why = std::string(same_file ? "the same file as " : "the same picture as ") + original.source +
               (same_folder ? "" : ", in another folder: whose is it?");
    journal_.add(photos_[i], item);
  }
}

AlignReport AlignJob::report(bool interrupted) {
  AlignReport report;
  report.interrupted = interrupted;
  report.items = std::move(items_);
  std::move(others_.begin(), others_.end(), std::back_inserter(report.items));
  std::sort(report.items.begin(), report.items.end(),
            [](const AlignItem& a, const AlignItem& b) { return a.source < b.source; });
  return report;
}

void prepare_output(const AlignOptions& options) {
  const fs::path& output = options.output;
  std::error_code failed;
  if (const auto present = load_manifest(output)) {
    if (*present == options.manifest) return;
    const std::string what =
        present->geometry == options.manifest.geometry
            ? "other options (detector, landmarks, smallest face, all faces of a photo or one)"
            : "another geometry (" + describe(present->geometry) + ")";
    throw Error(ErrorCode::kInvalidArgument, output.string() + ": holds chips made with " + what +
                                                 ": give another folder, or remove this one");
  }
  if (fs::exists(output, failed) && (!fs::is_directory(output, failed) || !fs::is_empty(output, failed))) {
    throw Error(ErrorCode::kInvalidArgument,
                output.string() + ": is not empty, and no folder of chips: give a new folder");
  }
  store_manifest(output, options.manifest);
}

}  // namespace

ChipGeometry chip_geometry_of(const std::string& embedder) {
  std::optional<ChipGeometry> geometry;
  std::istringstream names(embedder);
  for (std::string name; std::getline(names, name, ',');) {
    const model::Contract contract = model::read_model(model::resolve_model(name)).contract;
    if (contract.role != model::Role::kEmbedder) {
      throw Error(ErrorCode::kInvalidArgument,
                  name + ": is a " + model::to_string(contract.role) + " model, an embedder is needed");
    }
    if (geometry && *geometry != contract.chip) {
      throw Error(ErrorCode::kInvalidArgument, embedder + ": these embedders need different chips, " +
                                                   describe(*geometry) + " and " + describe(contract.chip));
    }
    geometry = contract.chip;
  }
  if (!geometry) throw Error(ErrorCode::kInvalidArgument, "no embedder is named");
  return *geometry;
}

AlignReport align_folder(const Stages& stages, const AlignOptions& options, const std::atomic<bool>& stop,
                         const ReportProgress& progress) {
  std::error_code ignored;
  if (fs::equivalent(options.input, options.output, ignored)) {
    throw Error(ErrorCode::kInvalidArgument,
                options.output.string() + ": is the folder of photos: give another one");
  }
  if (!fs::is_directory(options.input, ignored)) {
    const bool there = fs::exists(options.input, ignored);
    throw Error(there ? ErrorCode::kInvalidArgument : ErrorCode::kNotFound,
                options.input.string() + (there ? ": a folder of photos is needed" : ": no such folder"));
  }
  prepare_output(options);
  AlignReport report = AlignJob(stages, options).run(stop, progress);
  write_audit(report, options);
  return report;
}

}  // namespace kith

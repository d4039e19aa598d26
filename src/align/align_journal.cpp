#include "align/align_journal.h"

#include <kith/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files.h"
#include "photos/chip_records.h"
#include "photos/path_text.h"

namespace kith {
namespace fs = std::filesystem;
namespace {
using Json = nlohmann::ordered_json;

// A photo with the same size and time has not changed.
std::string stamp(const fs::path& photo) {
  std::error_code failed;
  const auto size = fs::file_size(photo, failed);
  if (failed) return "";
  const auto time = fs::last_write_time(photo, failed);
  if (failed) return "";
  return std::to_string(size) + ' ' + std::to_string(time.time_since_epoch().count());
}

void remove_half_written(const fs::path& chips) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::recursive_directory_iterator it(chips, fs::directory_options::skip_permission_denied, failed), end;
       !failed && it != end; it.increment(failed)) {
    if (Draft::is_name(it->path().filename().string())) found.push_back(it->path());
  }
  for (const fs::path& path : found) fs::remove(path, failed);
}

void require_below(const AlignItem& item, const std::string& where) {
  const auto check = [&](const std::string& path) {
    if (!stays_below(path))
      throw Error(ErrorCode::kCorrupt, where + ": names a file outside this folder (" + path +
                                           "), which no align writes: remove the line, or the whole file");
  };
  if (!item.base.empty()) check(item.base);
  for (const AlignItem::Taken& taken : item.taken) check(taken.chip);
}

Json line(const fs::path& photo, const std::string& stamped, const AlignItem& item) {
  AlignItem safe = item;
  safe.source = to_latin1(item.source);
  safe.duplicate_of = to_latin1(item.duplicate_of);
  for (AlignItem::Taken& taken : safe.taken) taken.chip = to_latin1(taken.chip);
  Json json = to_json(safe);
  json["photo"] = to_latin1(photo.string());
  json["stamp"] = stamped;
  json["base"] = to_latin1(item.base);
  json["pixels"] = item.pixels;
  json["thumbnail"] = item.thumbnail;
  return json;
}

}  // namespace

AlignJournal::AlignJournal(const fs::path& chips) : chips_(chips), lock_(FileLock::try_for(chips)) {
  if (!lock_) {
    throw Error(ErrorCode::kInvalidArgument,
                chips.string() + ": another run is writing there: wait for it, or give another folder");
  }
  remove_half_written(chips);
  const fs::path path = journal_path(chips);
  read(path);
  drop_orphaned_duplicates();
  rewrite(path);
}

void AlignJournal::read(const fs::path& path) {
  if (std::error_code ignored; !fs::exists(path, ignored)) return;
  std::istringstream lines(read_file(path));
  std::size_t number = 0;
  for (std::string text; std::getline(lines, text);) {
    ++number;
    // A line that a crash cut off, or that someone edited, is a photo to be done again.
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) continue;
    try {
      Entry entry{parse_align_item(json), json.at("stamp")};
      const fs::path photo = from_latin1(json.at("photo"));
      entry.item.source = from_latin1(entry.item.source);
      entry.item.duplicate_of = from_latin1(entry.item.duplicate_of);
      for (AlignItem::Taken& taken : entry.item.taken) taken.chip = from_latin1(taken.chip);
      entry.item.base = from_latin1(json.at("base"));
      entry.item.pixels = json.at("pixels");
      entry.item.thumbnail = json.at("thumbnail");
      require_below(entry.item, path.string() + ':' + std::to_string(number));
      if (std::error_code ignored; fs::exists(photo, ignored))
        entries_.insert_or_assign(photo, std::move(entry));
    } catch (const Json::exception&) {
      continue;
    }
  }
}

// A duplicate has no chip of its own: when the photo that had it is gone, it must be looked at again.
void AlignJournal::drop_orphaned_duplicates() {
  std::set<std::string> originals;
  for (const auto& [photo, entry] : entries_) {
    if (entry.item.status != AlignStatus::kDuplicate && entry.stamp == stamp(photo))
      originals.insert(entry.item.pixels);
  }
  std::erase_if(entries_, [&](const auto& entry) {
    const AlignItem& item = entry.second.item;
    return item.status == AlignStatus::kDuplicate && !originals.contains(item.pixels);
  });
}

void AlignJournal::rewrite(const fs::path& path) {
  std::string bytes;
  for (const auto& [photo, entry] : entries_) {
    bytes += line(photo, entry.stamp, entry.item).dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
    claimed_.emplace(entry.item.base, photo);
  }
  write_file(path, bytes, Access::kPrivate);  // it holds small pictures of the faces
  lines_ = std::make_unique<JsonLines>(path.string(), JsonLines::Mode::kAppend);
}

fs::path AlignJournal::key(const fs::path& photo) { return fs::absolute(photo).lexically_normal(); }

const AlignItem* AlignJournal::finished(const fs::path& photo) const {
  const auto found = entries_.find(key(photo));
  if (found == entries_.end() || found->second.stamp != stamp(photo)) return nullptr;
  const AlignItem& item = found->second.item;
  std::error_code ignored;
  const bool complete = std::all_of(item.taken.begin(), item.taken.end(), [&](const AlignItem::Taken& taken) {
    return fs::exists(chips_ / taken.chip, ignored);
  });
  return complete ? &item : nullptr;
}

const AlignItem* AlignJournal::previous(const fs::path& photo) const {
  const auto found = entries_.find(key(photo));
  return found == entries_.end() ? nullptr : &found->second.item;
}

void AlignJournal::remove_chip(const std::string& chip) const {
  std::error_code failed;
  const fs::path path = chips_ / chip;
  const fs::path inside =
      fs::canonical(path.parent_path(), failed).lexically_relative(fs::canonical(chips_, failed));
  if (failed || inside.empty() || *inside.begin() == ".." || path.extension() != ".png") return;
  fs::remove(path, failed);
}

void AlignJournal::add(const fs::path& photo, const AlignItem& item) {
  lines_->write(line(key(photo), stamp(photo), item));
}

}  // namespace kith

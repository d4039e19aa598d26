// AlignJournal: CHIPS/kith-align.jsonl, one line a finished photo, so that an interrupted `kith align` goes
// on where it was.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "align/align_item.h"
#include "core/file_lock.h"
#include "core/json_lines.h"

namespace kith {

/// Not thread-safe. Holds CHIPS locked: a second run at the same time is refused.
class AlignJournal {
 public:
  /// Reads what earlier runs left.
  /// @throws Error kIo; kInvalidArgument when another run has CHIPS; kCorrupt when a line names a file outside CHIPS
  /// (whoever made the folder may not be friendly): it says which.
  explicit AlignJournal(const std::filesystem::path& chips);
  AlignJournal(const AlignJournal&) = delete;
  AlignJournal& operator=(const AlignJournal&) = delete;

  /// What the journal knows a photo by: its absolute path, links not resolved.
  static std::filesystem::path key(const std::filesystem::path& photo);
  /// What an earlier run wrote of this photo, with its present source; nullptr when there is nothing, when
  /// the photo has changed since, or when a chip is missing.
  const AlignItem* finished(const std::filesystem::path& photo) const;
  /// What an earlier run wrote of this photo, valid or not; nullptr when there is nothing.
  const AlignItem* previous(const std::filesystem::path& photo) const;
  /// Names (AlignItem::base) that belong to photos that still exist, with the photo's key().
  const std::map<std::string, std::filesystem::path>& claimed() const { return claimed_; }
  /// Removes a chip that an earlier line named, if it is one and lies in CHIPS, also where folders are links.
  void remove_chip(const std::string& chip) const;
  /// @throws Error kIo.
  void add(const std::filesystem::path& photo, const AlignItem& item);

 private:
  struct Entry {
    AlignItem item;
    std::string stamp;  // size and time of the photo
  };
  void read(const std::filesystem::path& path);
  void rewrite(const std::filesystem::path& path);
  void drop_orphaned_duplicates();

  std::filesystem::path chips_;
  std::optional<FileLock> lock_;
  std::map<std::filesystem::path, Entry> entries_;  // by key()
  std::map<std::string, std::filesystem::path> claimed_;
  std::unique_ptr<JsonLines> lines_;
};

}  // namespace kith

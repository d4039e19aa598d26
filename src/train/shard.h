// Shard: many chips in one file, read through memory mapping: no file system is asked 100,000 times an epoch.
//
//   "KITHCHIP", version, count, offset of the index         32 bytes, little endian
//   record: bytes of JSON, bytes of JPEG; {"person", "key"}; the JPEG        one after another
//   index: offset of each record                            8 bytes each
//
// Records come first and tell their own length, so a build that was killed goes on where it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kith::train {

/// Builds FILE in FILE.part. Not thread-safe.
class ShardWriter {
 public:
  /// Goes on with a part that lies there. @throws Error kIo, kCorrupt (the part is no shard).
  explicit ShardWriter(std::filesystem::path path);
  ~ShardWriter();
  ShardWriter(const ShardWriter&) = delete;
  ShardWriter& operator=(const ShardWriter&) = delete;

  /// Whether a chip of that key is in already.
  bool has(const std::string& key) const { return keys_.contains(key); }
  /// @param person  whom it shows; "" for nobody known. @param key  what tells it from all others: its path.
  void add(const std::string& person, const std::string& key, std::string_view jpeg);
  /// Writes the index and gives the file its name. @return the number of chips.
  std::size_t finish();

 private:
  void fail() const;

  std::filesystem::path path_, part_;
  int file_ = -1;
  std::uint64_t end_ = 0;
  std::set<std::string> keys_;
  std::vector<std::uint64_t> offsets_;
};

struct ChipItem {
  std::string person, key;
  std::string_view jpeg;  // lies in the shard
};

/// Thread-safe. Keeps the file open.
class Shard {
 public:
  /// @throws Error kNotFound, kIo, kCorrupt, naming the file.
  explicit Shard(const std::filesystem::path& path);
  std::size_t size() const { return items_.size(); }
  const ChipItem& operator[](std::size_t i) const { return items_[i]; }

 private:
  std::shared_ptr<const char> bytes_;
  std::vector<ChipItem> items_;
};

}  // namespace kith::train

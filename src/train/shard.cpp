#include "train/shard.h"

#include <fcntl.h>
#include <kith/error.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/draft.h"

namespace kith::train {
namespace {
namespace fs = std::filesystem;

constexpr char kMagic[8] = {'K', 'I', 'T', 'H', 'C', 'H', 'I', 'P'};
constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kHeader = 32;
constexpr std::uint64_t kRecordHeader = 8;

struct Header {
  char magic[8];
  std::uint64_t version, count, index;
};
static_assert(sizeof(Header) == kHeader);

std::string header(std::uint64_t count, std::uint64_t index) {
  Header h{{}, kVersion, count, index};
  std::memcpy(h.magic, kMagic, sizeof kMagic);
  return {reinterpret_cast<const char*>(&h), sizeof h};
}

struct Mapping {
  std::shared_ptr<const char> bytes;
  std::uint64_t size = 0;
};

Mapping map_file(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    throw Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                path.string() + ": cannot be read: " + std::strerror(errno));
  }
  struct stat info {};
  void* memory = MAP_FAILED;
  if (::fstat(file, &info) == 0 && info.st_size > 0)
    memory = ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) throw Error(ErrorCode::kCorrupt, path.string() + ": empty, or cannot be mapped");
  const auto size = static_cast<std::size_t>(info.st_size);
  return {std::shared_ptr<const char>(static_cast<const char*>(memory),
                                      [memory, size](const char*) { ::munmap(memory, size); }),
          size};
}

// The record at an offset; nothing when it is not whole before `end`.
struct Record {
  ChipItem item;
  std::uint64_t next;
};
std::optional<Record> read_record(const char* bytes, std::uint64_t at, std::uint64_t end) {
  if (at + kRecordHeader > end) return std::nullopt;
  std::uint32_t lengths[2];
  std::memcpy(lengths, bytes + at, sizeof lengths);
  const std::uint64_t next = at + kRecordHeader + lengths[0] + lengths[1];
  if (next > end) return std::nullopt;
  const char* const text = bytes + at + kRecordHeader;
  const auto json = nlohmann::json::parse(text, text + lengths[0], nullptr, false);
  if (!json.is_object() || !json.contains("person") || !json.contains("key")) return std::nullopt;
  return Record{{json.value("person", ""), json.value("key", ""), {text + lengths[0], lengths[1]}}, next};
}

const Header& checked_header(const Mapping& mapping, const fs::path& path) {
  const auto& h = *reinterpret_cast<const Header*>(mapping.bytes.get());
  if (mapping.size < kHeader || std::memcmp(h.magic, kMagic, sizeof kMagic) != 0)
    throw Error(ErrorCode::kCorrupt, path.string() + ": not a shard of kith-train");
  if (h.version != kVersion)
    throw Error(ErrorCode::kUnsupported, path.string() + ": a shard of a later version");
  return h;
}

}  // namespace

ShardWriter::ShardWriter(fs::path path) : path_(std::move(path)), part_(path_.string() + ".part") {
  end_ = kHeader;
  const bool goes_on = fs::exists(part_) && fs::file_size(part_) >= kHeader;
  if (goes_on) {
    const Mapping mapping = map_file(part_);
    checked_header(mapping, part_);
    while (const auto record = read_record(mapping.bytes.get(), end_, mapping.size)) {
      offsets_.push_back(end_);
      keys_.insert(record->item.key);
      end_ = record->next;
    }
  } else if (path_.has_parent_path()) {
    fs::create_directories(path_.parent_path());
  }
  file_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0 || ::ftruncate(file_, static_cast<off_t>(end_)) != 0 || ::lseek(file_, 0, SEEK_SET) != 0 ||
      !write_all(file_, header(0, 0)) || ::lseek(file_, static_cast<off_t>(end_), SEEK_SET) < 0)
    fail();
}

ShardWriter::~ShardWriter() {
  if (file_ >= 0) ::close(file_);
}

void ShardWriter::fail() const {
  throw Error(ErrorCode::kIo, part_.string() + ": cannot be written: " + std::strerror(errno));
}

void ShardWriter::add(const std::string& person, const std::string& key, std::string_view jpeg) {
  const std::string text = nlohmann::json{{"person", person}, {"key", key}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::uint32_t lengths[2] = {static_cast<std::uint32_t>(text.size()),
                                    static_cast<std::uint32_t>(jpeg.size())};
  std::string record(reinterpret_cast<const char*>(lengths), sizeof lengths);
  record.append(text).append(jpeg);
  if (!write_all(file_, record)) fail();
  keys_.insert(key);
  offsets_.push_back(end_);
  end_ += record.size();
}

std::size_t ShardWriter::finish() {
  const std::string index(reinterpret_cast<const char*>(offsets_.data()),
                          offsets_.size() * sizeof offsets_[0]);
  // The header counts only once everything it speaks of is on the disk.
  if (!write_all(file_, index) || ::fsync(file_) != 0 || ::lseek(file_, 0, SEEK_SET) != 0 ||
      !write_all(file_, header(offsets_.size(), end_)) || ::fsync(file_) != 0 ||
      ::rename(part_.c_str(), path_.c_str()) != 0)
    fail();
  return offsets_.size();
}

Shard::Shard(const fs::path& path) {
  const Mapping mapping = map_file(path);
  const Header& h = checked_header(mapping, path);
  const auto damaged = [&] {
    return Error(ErrorCode::kCorrupt, path.string() + ": damaged or not finished: pack it again");
  };
  if (h.index < kHeader || h.index > mapping.size || h.count != (mapping.size - h.index) / 8 ||
      (mapping.size - h.index) % 8 != 0)
    throw damaged();
  bytes_ = mapping.bytes;
  items_.reserve(h.count);
  for (std::uint64_t i = 0; i < h.count; ++i) {
    std::uint64_t offset = 0;
    std::memcpy(&offset, bytes_.get() + h.index + 8 * i, sizeof offset);
    auto record = offset < h.index ? read_record(bytes_.get(), offset, h.index) : std::nullopt;
    if (!record) throw damaged();
    items_.push_back(std::move(record->item));
  }
}

}  // namespace kith::train

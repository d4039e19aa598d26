#include "cli/former.h"

#include <kith/error.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "media/copy_mark.h"
#include "photos/chips_manifest.h"
#include "store/database_header.h"

namespace kith::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kFirstLine = 1 << 22;  // that of `embed` holds vectors

std::string head_of(const fs::path& path, std::size_t size) {
  std::string bytes(size, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!in.is_open() || in.bad())
    throw Error(ErrorCode::kIo, path.string() + ": cannot be read (permissions?)");
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// How the lines of Kith's verbs begin: the first key, and the second where others use the first one too.
constexpr std::pair<std::string_view, std::string_view> kJsonKeys[] = {
    {"kith", ""},          {"source", ""},        {"summary", ""},
    {"finding", "people"}, {"group", "size"},     {"a", "b"},
    {"removed", ""},       {"renamed", "name"},   {"name", "photos"},
    {"name", "source"},    {"name", "undone"},    {"name", "role"},
    {"name", "path"},      {"name", "ok"},        {"name", "error"},
    {"path", "identity"},  {"pairs", ""},         {"detector", "pictures"},
    {"gallery", "people"}, {"model", "identity"},
};

bool is_json(const fs::path& path) {
  const std::string head = head_of(path, kFirstLine);
  if (head.starts_with(R"({"kith":{"version":)")) return true;  // however many names the line has
  const auto line = nlohmann::ordered_json::parse(head.substr(0, head.find('\n')), nullptr, false);
  if (!line.is_object() || line.empty()) return false;
  const std::string first = line.begin().key();
  const std::string second = line.size() > 1 ? std::next(line.begin()).key() : "";
  return std::ranges::any_of(kJsonKeys, [&](const auto& keys) {
    return keys.first == first && (keys.second.empty() || keys.second == second);
  });
}

bool is_database(const fs::path& path, std::uint32_t application_id) {
  const DatabaseHeader header = read_database_header(path);
  return header.sqlite && header.application_id == application_id;
}

}  // namespace

bool is_former(Written what, const fs::path& existing) {
  std::error_code failed;
  if (what == Written::kChips)
    return fs::is_empty(existing, failed) || fs::exists(manifest_path(existing), failed);
  if (fs::is_fifo(existing, failed) || fs::is_character_file(existing, failed)) return true;
  if (!fs::is_regular_file(existing, failed)) return false;
  if (fs::file_size(existing, failed) == 0) return true;
  switch (what) {
    case Written::kJson:
      return is_json(existing);
    case Written::kCsv:
      return head_of(existing, 64).starts_with("source,frame,time_ms,track,name,");
    case Written::kSubtitles:
      return head_of(existing, 64).starts_with("000001\r\n");
    case Written::kPage:
      return head_of(existing, 1024).find("<meta name=\"generator\" content=\"Kith") != std::string::npos;
    case Written::kCopies:
      return has_copy_mark(existing);
    case Written::kSightings:
      return is_database(existing, kSightingsId);
    case Written::kGallery:
      return is_database(existing, kGalleryId);
    case Written::kModel:
      return read_file(existing).find("kith.contract") != std::string::npos;
    case Written::kChips:
      break;
  }
  return false;
}

}  // namespace kith::cli

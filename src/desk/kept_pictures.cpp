#include "desk/kept_pictures.h"

#include <kith/error.h>

#include <algorithm>
#include <cctype>

#include "core/files.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

// Checksums come from galleries, which other programs write: nothing else becomes part of a path.
bool is_checksum(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace

void KeptPictures::keep(const std::string& checksum, std::string_view bytes) const {
  std::error_code ignored;
  const fs::path file = folder_ / checksum;
  if (!is_checksum(checksum) || fs::exists(file, ignored)) return;
  make_private_folder(folder_);
  write_file(file, bytes, Access::kPrivate);
}

std::optional<std::string> KeptPictures::find(const std::string& checksum) const {
  std::error_code ignored;
  if (!is_checksum(checksum) || !fs::exists(folder_ / checksum, ignored)) return std::nullopt;
  return read_file(folder_ / checksum);
}

bool KeptPictures::any() const {
  std::error_code ignored;
  return fs::exists(folder_, ignored);
}

int KeptPictures::keep_only(const std::set<std::string>& checksums) const {
  int gone = 0;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (is_checksum(name) && !checksums.contains(name)) gone += fs::remove(entry.path(), ignored) ? 1 : 0;
  }
  return gone;
}

}  // namespace kith

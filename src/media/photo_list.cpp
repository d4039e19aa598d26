// What a folder holds: the one place that says what in it is a photo, a film, or nobody's.
#include <kith/error.h>
#include <kith/frame.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <map>
#include <string_view>

#include "core/lower_case.h"
#include "core/manifest_path.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

using FolderId = std::pair<dev_t, ino_t>;

std::optional<FolderId> id_of(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return std::nullopt;
  return FolderId{status.st_dev, status.st_ino};
}

bool is_hidden(const fs::path& entry) { return entry.filename().string().starts_with('.'); }

// Of Synology, QNAP, Windows, macOS' archives, Linux.
bool is_systems_own(const fs::path& folder) {
  static constexpr std::array<std::string_view, 9> kNames = {"@eadir",
                                                             "#recycle",
                                                             "#snapshot",
                                                             "@recycle",
                                                             "@recently-snapshot",
                                                             "$recycle.bin",
                                                             "system volume information",
                                                             "__macosx",
                                                             "lost+found"};
  return std::ranges::find(kNames, lower_case(folder.filename().string())) != kNames.end();
}

// A transport stream begins with its sync byte (ISO/IEC 13818-1, 2.4.3.2); .ts is also what programs and translations are
// called.
bool is_film(const fs::path& file) {
  if (!is_video_name(file)) return false;
  constexpr char kSync = 0x47;
  return lower_extension(file) != ".ts" || std::ifstream(file, std::ios::binary).get() == kSync;
}

// A pipe or a device would be waited for. What is not there (a broken link) is reported when it is read.
bool can_be_a_file(fs::file_type type) {
  return type == fs::file_type::regular || type == fs::file_type::not_found || type == fs::file_type::none;
}

class Search {
 public:
  explicit Search(const std::vector<fs::path>& leave_out) {
    for (const fs::path& folder : leave_out) {
      if (const auto id = id_of(folder)) left_out_.push_back(*id);
    }
  }

  void look_into(const fs::path& folder) {
    const std::optional<FolderId> id = id_of(folder);
    if (id && std::ranges::find(above_, *id) != above_.end()) return;
    std::error_code failed;
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
      entries.push_back(entry->path());
    if (failed) {
      found_.unreadable.emplace_back(folder, failed.message());
      return;
    }
    std::ranges::sort(entries, {}, &fs::path::native);
    if (id) above_.push_back(*id);
    for (const fs::path& entry : entries) take(entry);
    if (id) above_.pop_back();
  }

  PhotoList found() { return std::move(found_); }

 private:
  void take(const fs::path& entry) {
    std::error_code ignored;
    const fs::file_type type = fs::status(entry, ignored).type();
    if (type == fs::file_type::directory) {
      if (const std::string why = why_not(entry); why.empty()) {
        look_into(entry);
      } else {
        found_.left_out.push_back({entry, why});
      }
    } else if (is_hidden(entry) || !can_be_a_file(type)) {
      found_.passed_over.push_back(entry);
    } else if (is_image_name(entry) || is_unread_image_name(entry)) {
      found_.pictures.push_back(entry);
    } else {
      (is_film(entry) ? found_.films : found_.passed_over).push_back(entry);
    }
  }

  std::string why_not(const fs::path& folder) const {
    if (is_hidden(folder)) return "a hidden folder";
    if (is_systems_own(folder)) return "a folder that the system or the storage device keeps for itself";
    // What `kith align` made of photos (photos/chips_manifest.h) shows the same faces again, and nobody is called "chips".
    if (std::error_code failed; fs::exists(manifest_path(folder), failed)) return "a folder of chips";
    const std::optional<FolderId> id = id_of(folder);
    return id && std::ranges::find(left_out_, *id) != left_out_.end() ? "the output" : "";
  }

  std::vector<FolderId> left_out_;
  std::vector<FolderId> above_;  // on the way down, so that a link back up ends the search there
  PhotoList found_;
};

std::string kind_of(const fs::path& file) {
  if (is_hidden(file)) return "hidden";
  return file.has_extension() ? lower_case(file.extension().string()) : "without extension";
}

}  // namespace

PhotoList list_photos(const fs::path& folder, const std::vector<fs::path>& leave_out) {
  std::error_code failed;
  const fs::file_status status = fs::status(folder, failed);
  if (status.type() == fs::file_type::not_found)
    throw Error(ErrorCode::kNotFound, folder.string() + ": no such folder");
  if (status.type() != fs::file_type::directory)
    throw Error(ErrorCode::kInvalidArgument, folder.string() + ": is not a folder");
  Search search(leave_out);
  search.look_into(folder);
  PhotoList found = search.found();
  if (!found.unreadable.empty() && found.unreadable.front().first == folder) {
    throw Error(ErrorCode::kIo,
                folder.string() + ": the folder cannot be opened: " + found.unreadable.front().second);
  }
  return found;
}

std::string PhotoList::passed_over_in_words(bool with_films) const {
  std::map<std::string, std::size_t> kinds, folders;
  for (const fs::path& file : passed_over) ++kinds[kind_of(file)];
  if (with_films && !films.empty()) kinds[films.size() == 1 ? "film" : "films"] = films.size();
  for (const LeftOut& one : left_out) ++folders[one.folder.filename().string()];
  std::size_t files = 0;
  std::string list, names;
  for (const auto& [kind, count] : kinds) {
    files += count;
    list += (list.empty() ? "" : ", ") + std::to_string(count) + ' ' + kind;
  }
  for (const auto& [name, count] : folders)
    names += (names.empty() ? "" : ", ") + name + (count == 1 ? "" : " (" + std::to_string(count) + ")");
  std::string words;
  if (files > 0) words = std::to_string(files) + (files == 1 ? " file (" : " files (") + list + ")";
  if (!names.empty())
    words += (words.empty() ? "" : " and ") +
             std::string(left_out.size() == 1 ? "the folder " : "the folders ") + names;
  return words;
}

}  // namespace kith

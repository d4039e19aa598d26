#include "store/places.h"

#include <fcntl.h>
#include <kith/error.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <sstream>

#include "core/files.h"
#include "store/database.h"
#include "store/gallery_store.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

// Beside the tables of the gallery's format: a gallery without it has noted nothing.
constexpr char kTable[] = "CREATE TABLE places (path TEXT PRIMARY KEY, kind TEXT NOT NULL)";

constexpr std::array kKinds{PlaceKind::kSightings, PlaceKind::kSidecar, PlaceKind::kPage, PlaceKind::kChips,
                            PlaceKind::kCopies};

std::optional<PlaceKind> parse_kind(const std::string& word) {
  const auto found = std::ranges::find_if(kKinds, [&](PlaceKind kind) { return word == to_string(kind); });
  return found == kKinds.end() ? std::nullopt : std::optional(*found);
}

fs::path whole(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

fs::path list_of(const fs::path& people) { return people.string() + ".sightings"; }

bool has_gallery(const fs::path& people) {
  std::error_code none;
  const std::uintmax_t size = fs::file_size(people, none);
  return !none && size > 0;
}

// A line is "KIND<tab>PATH"; earlier versions wrote paths of sightings alone.
std::vector<NotedPlace> parse_list(const std::string& text) {
  std::vector<NotedPlace> places;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    const std::optional<PlaceKind> kind =
        line.starts_with('/') || tab == std::string::npos ? std::nullopt : parse_kind(line.substr(0, tab));
    if (line.empty()) continue;
    places.push_back(kind ? NotedPlace{*kind, line.substr(tab + 1)}
                          : NotedPlace{PlaceKind::kSightings, line});
  }
  return places;
}

std::string line_of(const NotedPlace& place) {
  return std::string(to_string(place.kind)) + '\t' + place.path.string() + '\n';
}

// The list beside the gallery, for one process at a time.
class LockedList {
 public:
  LockedList(const fs::path& people, bool create) : path_(list_of(people)) {
    for (;;) {
      file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
      if (file_ < 0 && !create && errno == ENOENT) return;
      struct stat status {};
      if (file_ < 0 || ::flock(file_, LOCK_EX) != 0 || ::fstat(file_, &status) != 0) fail();
      if (status.st_nlink > 0) return;
      ::close(file_);  // a gallery took it over in between
    }
  }
  ~LockedList() {
    if (file_ >= 0) ::close(file_);
  }
  LockedList(const LockedList&) = delete;
  LockedList& operator=(const LockedList&) = delete;

  std::vector<NotedPlace> places() const {
    return file_ < 0 ? std::vector<NotedPlace>{} : parse_list(read_file(path_));
  }
  void append(const NotedPlace& place) {
    const std::string line = line_of(place);
    if (::lseek(file_, 0, SEEK_END) < 0 ||
        ::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      fail();
  }
  void replace(const std::vector<NotedPlace>& places) {
    std::string text;
    for (const NotedPlace& place : places) text += line_of(place);
    if (::ftruncate(file_, 0) != 0 ||
        ::pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
      fail();
  }
  void remove() {
    std::error_code ignored;
    if (file_ >= 0) fs::remove(path_, ignored);
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorCode::kIo, path_.string() + ": cannot be written: " + std::strerror(errno));
  }
  fs::path path_;
  int file_ = -1;
};

Database open_gallery(const fs::path& people) {
  store::check_file(people);
  return Database::open(people);
}

bool has_table(Database& db) {
  Statement row = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'places'");
  if (!row.step()) return false;
  if (row.text(0) != kTable) throw Error(ErrorCode::kCorrupt, db.file() + ": is damaged (the table places)");
  return true;
}

void put(Database& db, const std::vector<NotedPlace>& places) {
  if (places.empty()) return;
  if (!has_table(db)) db.execute(kTable);
  for (const NotedPlace& place : places) {
    db.prepare("INSERT OR REPLACE INTO places (path, kind) VALUES (?, ?)")
        .bind(0, place.path.string())
        .bind(1, to_string(place.kind))
        .run();
  }
}

std::vector<NotedPlace> get(Database& db) {
  std::vector<NotedPlace> places;
  if (!has_table(db)) return places;
  Statement row = db.prepare("SELECT kind, path FROM places ORDER BY path");
  while (row.step()) {
    if (const auto kind = parse_kind(row.text(0))) places.push_back({*kind, row.text(1)});
  }
  return places;
}

bool holds(const std::vector<NotedPlace>& places, const NotedPlace& place) {
  return std::ranges::find(places, place) != places.end();
}

}  // namespace

const char* to_string(PlaceKind kind) {
  switch (kind) {
    case PlaceKind::kSightings:
      return "sightings";
    case PlaceKind::kSidecar:
      return "sidecar";
    case PlaceKind::kPage:
      return "page";
    case PlaceKind::kChips:
      return "chips";
    case PlaceKind::kCopies:
      break;
  }
  return "copies";
}

void note_place(const fs::path& people, PlaceKind kind, const fs::path& path) {
  const NotedPlace place{kind, whole(path)};
  if (!has_gallery(people)) {
    LockedList list(people, true);
    if (!holds(list.places(), place)) list.append(place);
    return;
  }
  Database db = open_gallery(people);
  LockedList list(people, false);
  std::vector<NotedPlace> fresh = list.places();
  if (!holds(fresh, place)) fresh.push_back(place);
  const std::vector<NotedPlace> known = get(db);
  std::erase_if(fresh, [&](const NotedPlace& each) { return holds(known, each); });
  if (!fresh.empty()) {
    Transaction transaction(db);
    put(db, fresh);
    transaction.commit();
  }
  list.remove();
}

std::vector<NotedPlace> noted_places(const fs::path& people) {
  std::vector<NotedPlace> places = LockedList(people, false).places();
  if (has_gallery(people)) {
    Database db = open_gallery(people);
    std::ranges::copy(get(db), std::back_inserter(places));
  }
  std::ranges::sort(places, {}, &NotedPlace::path);
  places.erase(std::ranges::unique(places).begin(), places.end());
  return places;
}

void strike_places(const fs::path& people, const std::vector<fs::path>& paths) {
  const auto gone = [&](const NotedPlace& place) {
    return std::ranges::any_of(paths, [&](const fs::path& path) { return whole(path) == place.path; });
  };
  {
    LockedList list(people, false);
    std::vector<NotedPlace> places = list.places();
    if (std::erase_if(places, gone) > 0) list.replace(places);
  }
  if (paths.empty() || !has_gallery(people)) return;
  Database db = open_gallery(people);
  Transaction transaction(db);
  if (!has_table(db)) return;
  for (const fs::path& path : paths)
    db.prepare("DELETE FROM places WHERE path = ?").bind(0, whole(path).string()).run();
  transaction.commit();
}

void copy_places(const fs::path& people, Database& to) {
  if (!has_gallery(people)) return;
  Database db = open_gallery(people);
  put(to, get(db));
}

}  // namespace kith

#include "cli/notes.h"

#include <kith/error.h>

#include <optional>
#include <set>

#include "cli/cli.h"
#include "cli/roles.h"
#include "photos/chips_manifest.h"
#include "store/places.h"

namespace kith::cli {
namespace {
namespace fs = std::filesystem;

// What may show or name somebody. Sightings are noted by whoever opens them.
std::optional<PlaceKind> kind_of(Written what) {
  switch (what) {
    case Written::kJson:
    case Written::kCsv:
    case Written::kSubtitles:
      return PlaceKind::kSidecar;
    case Written::kPage:
      return PlaceKind::kPage;
    case Written::kCopies:
      return PlaceKind::kCopies;
    case Written::kChips:
      return PlaceKind::kChips;
    case Written::kSightings:
    case Written::kGallery:
    case Written::kModel:
      break;
  }
  return std::nullopt;
}

bool stays(const fs::path& path) {
  std::error_code failed;
  if (path == "-") return false;
  return !fs::exists(path, failed) || fs::is_regular_file(path, failed) || fs::is_directory(path, failed);
}

void note(const std::string& people, PlaceKind kind, const fs::path& path) {
  try {
    note_place(people, kind, path);
  } catch (const Error& e) {
    complain("note: kith forget will not find " + path.string() + ": " + e.what());
  }
}

}  // namespace

void note_places(CLI::App& verb) {
  const CLI::Option* option = verb.get_option_no_throw("--people");
  if (option == nullptr || verb.get_name() == "forget") return;  // a receipt has the name for a reason
  const std::string people = option->count() > 0 ? option->as<std::string>() : "people.kith";
  std::error_code failed;
  const bool known = fs::exists(people, failed);  // else nobody has a name yet, but faces may be on pages
  const NamedFiles files = files_of(verb);
  for (const NamedFile& output : files.outputs) {
    const std::optional<PlaceKind> kind = kind_of(output.what);
    if (kind && stays(output.path) && (known || kind == PlaceKind::kPage)) note(people, *kind, output.path);
  }
  if (!known) return;
  std::set<fs::path> roots;  // of thousands of chips, one
  for (const NamedFile& input : files.kept) {
    if (const auto chips = chips_root(input.path)) roots.insert(*chips);
  }
  for (const fs::path& chips : roots) note(people, PlaceKind::kChips, chips);
}

}  // namespace kith::cli

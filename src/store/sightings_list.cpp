#include "store/sightings_list.h"

#include <algorithm>
#include <sstream>

#include "core/files.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

fs::path list_of(const fs::path& people) { return people.string() + ".sightings"; }

}  // namespace

std::vector<fs::path> listed_sightings(const fs::path& people) {
  std::vector<fs::path> paths;
  std::error_code ignored;
  if (!fs::exists(list_of(people), ignored)) return paths;
  std::istringstream lines(read_file(list_of(people)));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) paths.emplace_back(line);
  }
  return paths;
}

void list_sightings(const fs::path& people, const fs::path& sightings) {
  std::vector<fs::path> paths = listed_sightings(people);
  const fs::path path = fs::absolute(sightings).lexically_normal();
  if (std::ranges::find(paths, path) != paths.end()) return;
  paths.push_back(path);
  std::string text;
  for (const fs::path& each : paths) text += each.string() + '\n';
  write_file(list_of(people), text, Access::kPrivate);
}

}  // namespace kith

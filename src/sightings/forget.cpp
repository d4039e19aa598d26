#include "sightings/forget.h"

#include <kith/error.h>
#include <kith/gallery.h>

#include <algorithm>
#include <optional>
#include <set>

#include "store/database_header.h"
#include "store/sightings.h"
#include "store/sightings_list.h"
#include "store/similar_names.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

fs::path whole(const fs::path& path) { return fs::weakly_canonical(fs::absolute(path)); }

// What to look through: sightings files, and sidecars by themselves.
struct Places {
  std::vector<fs::path> sightings;
  std::set<fs::path> sidecars;
};

Places places(const ForgetOptions& options) {
  Places found;
  std::set<fs::path> known;
  const auto add = [&](const fs::path& path) {
    if (known.insert(whole(path)).second) found.sightings.push_back(path);
  };
  for (const fs::path& path : options.files) {
    if (!fs::is_regular_file(path)) throw Error(ErrorCode::kNotFound, path.string() + ": no such file");
    if (read_database_header(path).sqlite) {
      add(path);
    } else {
      found.sidecars.insert(whole(path));
    }
  }
  for (const fs::path& path : listed_sightings(options.people)) add(path);
  return found;
}

// Opens, counts, and notes the sidecars of all rows, since the name may stand where no row has it.
ForgetReport::File look(const fs::path& path, const std::string& name, std::optional<Sightings>& file,
                        std::set<fs::path>& sidecars, std::set<std::string>& names) {
  ForgetReport::File report{path, 0, false, ""};
  std::error_code ignored;
  report.gone = !fs::exists(path, ignored);
  if (report.gone) return report;
  try {
    file.emplace(Sightings::open(path));
    for (const Sighting& sighting : file->all()) {
      if (!sighting.sidecar.empty()) sidecars.insert(whole(sighting.sidecar));
      if (sighting.name) names.insert(*sighting.name);
      if (sighting.name == name) ++report.tracks;
    }
  } catch (const Error& e) {
    file.reset();
    report.error = e.what();
  }
  return report;
}

void erase(std::optional<Sightings>& file, const std::string& name, ForgetReport::File& report) {
  if (!file || report.tracks == 0) return;
  try {
    report.tracks = file->erase(name);
  } catch (const Error& e) {
    report.tracks = 0;
    report.error = e.what();
  }
}

}  // namespace

bool ForgetReport::found() const {
  return samples > 0 || std::ranges::any_of(sightings, [](const File& f) { return f.tracks > 0; }) ||
         std::ranges::any_of(sidecars, [](const Relabelled& r) { return r.faces > 0 || r.tracks > 0; });
}

bool ForgetReport::failed() const {
  return std::ranges::any_of(sightings, [](const File& f) { return !f.error.empty(); }) ||
         std::ranges::any_of(sidecars, [](const Relabelled& r) { return !r.error.empty() && !r.gone; });
}

ForgetReport forget(const std::string& name, const ForgetOptions& options) {
  ForgetReport report;
  std::error_code ignored;
  std::optional<Gallery> gallery;
  std::set<std::string> names;
  if (fs::exists(options.people, ignored)) {
    gallery.emplace(Gallery::open(options.people));
    for (const Person& person : gallery->people()) names.insert(person.name);
    report.samples = gallery->count_faces(name);
  }
  Places where = places(options);
  std::vector<std::optional<Sightings>> files(where.sightings.size());
  for (std::size_t i = 0; i < files.size(); ++i)
    report.sightings.push_back(look(where.sightings[i], name, files[i], where.sidecars, names));
  for (const fs::path& sidecar : where.sidecars) {
    for (Relabelled& file : relabel(sidecar, {name, std::nullopt}, options.dry_run)) {
      if (file.faces > 0 || file.tracks > 0 || !file.error.empty())
        report.sidecars.push_back(std::move(file));
    }
  }
  if (!report.found() && !report.failed()) {
    throw Error(ErrorCode::kNotFound,
                options.people.string() + ": nobody is called " + name +
                    suggest(name, std::vector<std::string>(names.begin(), names.end())) +
                    ", here or in its sightings; other files can be given too");
  }
  if (options.dry_run) return report;
  for (std::size_t i = 0; i < files.size(); ++i) erase(files[i], name, report.sightings[i]);
  if (report.samples > 0) report.samples = gallery->erase(name);  // last: it leaves nothing to be undone
  return report;
}

}  // namespace kith

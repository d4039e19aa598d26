#include "sightings/forget.h"

#include <kith/error.h>
#include <kith/gallery.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/files.h"
#include "core/person_name.h"
#include "page/html.h"
#include "photos/chips_manifest.h"
#include "photos/erase_chips.h"
#include "sidecar/relabel.h"
#include "store/database_header.h"
#include "store/places.h"
#include "store/sightings.h"
#include "store/similar_names.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

using What = Erasure::What;

// A rejected face is the forgotten person's when nobody is more like it, and it is as like as this: strangers' cosines
// with the networks of the catalogue are below it 999 times in 1000 (docs/models.md).
constexpr float kLike = 0.35F;

fs::path whole(const fs::path& path) { return fs::weakly_canonical(fs::absolute(path)); }

// A sidecar in another form is reached through the one that tells all.
fs::path sidecar_of(const fs::path& file) {
  if (file.extension() != ".csv" && file.extension() != ".srt") return file;
  for (const char* extension : {".jsonl", ".json"}) {
    std::error_code ignored;
    if (const fs::path json = fs::path(file).replace_extension(extension); fs::exists(json, ignored))
      return json;
  }
  return file;
}

PlaceKind kind_of(const fs::path& path) {
  if (fs::is_directory(path)) {
    if (load_manifest(path)) return PlaceKind::kChips;
    throw Error(ErrorCode::kInvalidArgument, path.string() + ": is a folder, and none of chips");
  }
  if (!fs::is_regular_file(path)) throw Error(ErrorCode::kNotFound, path.string() + ": no such file");
  if (read_database_header(path).sqlite) return PlaceKind::kSightings;
  return is_kith_page(read_file(path)) ? PlaceKind::kPage : PlaceKind::kSidecar;
}

// One run of forget. Each place is done by itself.
class Forgetting {
 public:
  Forgetting(const std::string& name, const ForgetOptions& options)
      : options_(options), name_(normal_name(name)), spellings_{name, name_} {}

  ForgetReport run() {
    look_into_gallery();
    find_places();
    for (const fs::path& path : places_[PlaceKind::kSightings]) look_into_sightings(path);
    for (const fs::path& path : places_[PlaceKind::kSidecar])
      attempt(path, What::kNames, [&] { erase_names(path); });
    for (const fs::path& path : places_[PlaceKind::kChips])
      attempt(path, What::kChips, [&] { erase_chips_in(path); });
    for (const fs::path& path : places_[PlaceKind::kSightings])
      attempt(path, What::kTracks, [&] { erase_tracks(path); });
    if (gallery_) erase_rejections(options_.people, *gallery_);
    if (backup_) erase_rejections(Gallery::backup_of(options_.people), *backup_);
    if (enrolled_ > 0) report_.erasures.push_back({options_.people, What::kEnrolled, enrolled_, ""});
    const bool seen = found();
    for (const fs::path& path : places_[PlaceKind::kPage])
      attempt(path, What::kPage, [&] { erase_page(path, seen); });
    if (!found()) return nobody();
    for (const fs::path& path : places_[PlaceKind::kCopies])
      report_.erasures.push_back(
          {path, What::kCopy, 0, "may show the name: look, and delete or make it again"});
    if (options_.dry_run) return std::move(report_);
    strike_places(options_.people, struck_);
    for (const auto& [kind, path] : moved_) note_place(options_.people, kind, path);
    if (gallery_) gallery_->erase(name_);  // also what could be undone
    if (backup_) backup_->erase(name_);
    return std::move(report_);
  }

 private:
  bool is_them(const std::string& name) const {
    return spellings_.contains(name) || spellings_.contains(normal_name(name));
  }

  bool found() const {
    return std::ranges::any_of(report_.erasures, [](const Erasure& e) { return e.count > 0; });
  }

  template <typename Do>
  void attempt(const fs::path& path, What what, Do work) {
    try {
      work();
    } catch (const Error& e) {
      report_.erasures.push_back({path, what, 0, e.what()});
    } catch (const fs::filesystem_error& e) {
      report_.erasures.push_back({path, what, 0, path.string() + ": " + e.code().message()});
    }
  }

  void look_into_gallery() {
    std::error_code ignored;
    if (!fs::exists(options_.people, ignored) || fs::file_size(options_.people, ignored) == 0) return;
    gallery_.emplace(Gallery::open(options_.people));
    for (const Person& person : gallery_->people()) names_.insert(person.name);
    enrolled_ = gallery_->count_faces(name_);
    if (const fs::path backup = Gallery::backup_of(options_.people); fs::exists(backup, ignored))
      backup_.emplace(Gallery::open(backup));
    const Person* person = gallery_->find(name_);
    if (person == nullptr && backup_) person = backup_->find(name_);
    if (person == nullptr) return;
    centre_ = person->centre;
    for (const Sample& sample : person->samples) {
      if (!sample.checksum.empty()) checksums_.insert(sample.checksum);
    }
  }

  // What was noted with the gallery, as far as it is there, and what the user names.
  void find_places() {
    std::map<fs::path, PlaceKind> given;
    for (const fs::path& file : options_.files) given.emplace(whole(sidecar_of(file)), kind_of(file));
    std::set<fs::path> deleted;
    for (const fs::path& path : options_.deleted) deleted.insert(fs::absolute(path).lexically_normal());
    for (const NotedPlace& place : noted_places(options_.people)) {
      std::error_code ignored;
      const bool there = fs::exists(place.path, ignored);
      const auto now = std::ranges::find_if(given, [&](const auto& file) {
        return file.second == place.kind && file.first.filename() == place.path.filename();
      });
      if (there) {
        places_[place.kind].insert(whole(place.path));
      } else if (deleted.contains(place.path) || place.kind == PlaceKind::kCopies) {
        struck_.push_back(place.path);
      } else if (now != given.end()) {
        struck_.push_back(place.path);
        moved_.push_back({place.kind, now->first});
      } else {
        missing(place.kind, place.path);
      }
    }
    for (const auto& [path, kind] : given) places_[kind].insert(path);
    deleted_ = std::move(deleted);
  }

  void missing(PlaceKind kind, const fs::path& path) {
    const What what = kind == PlaceKind::kSightings ? What::kTracks
                      : kind == PlaceKind::kPage    ? What::kPage
                      : kind == PlaceKind::kChips   ? What::kChips
                                                    : What::kNames;
    report_.erasures.push_back(
        {path, what, 0,
         "is not there any more: if it was moved, say where it is now; if it was deleted, say that"});
  }

  // The name may stand in a sidecar where no row has it.
  void look_into_sightings(const fs::path& path) {
    try {
      Sightings& file = sightings_.emplace(path, Sightings::open(path)).first->second;
      for (const Sighting& sighting : file.all()) {
        if (sighting.name) names_.insert(*sighting.name);
        if (sighting.sidecar.empty()) continue;
        const fs::path sidecar = whole(sighting.sidecar);
        std::error_code ignored;
        if (fs::exists(sidecar, ignored)) {
          places_[PlaceKind::kSidecar].insert(sidecar);
        } else if (!deleted_.contains(sidecar) && !is_given(sidecar.filename()) &&
                   told_.insert(sidecar).second) {
          missing(PlaceKind::kSidecar, sidecar);
        }
      }
    } catch (const Error&) {
      // erase_tracks() says why
    }
  }

  bool is_given(const fs::path& name) const {
    return std::ranges::any_of(options_.files,
                               [&](const fs::path& file) { return sidecar_of(file).filename() == name; });
  }

  void erase_names(const fs::path& path) {
    std::map<fs::path, Erasure> files;
    for (const std::string& spelling : spellings_) {
      for (const Relabelled& file : relabel(path, {spelling, std::nullopt}, options_.dry_run)) {
        Erasure& erasure =
            files.try_emplace(file.path, Erasure{file.path, What::kNames, 0, ""}).first->second;
        erasure.count += std::max(file.faces, file.tracks);
        if (!file.error.empty()) erasure.left = file.error;
      }
    }
    for (auto& [file, erasure] : files) {
      const bool twice = std::ranges::any_of(report_.erasures, [&](const Erasure& e) {
        return e.what == What::kNames && e.path == erasure.path && e.left == erasure.left;
      });
      if (!twice && (erasure.count > 0 || !erasure.left.empty()))
        report_.erasures.push_back(std::move(erasure));
    }
  }

  void erase_chips_in(const fs::path& path) {
    const ErasedChips erased = erase_chips(path, {spellings_, checksums_}, options_.dry_run);
    if (erased.chips + erased.lines > 0)
      report_.erasures.push_back({path, What::kChips, std::max(erased.chips, erased.lines), ""});
  }

  void erase_tracks(const fs::path& path) {
    const auto found = sightings_.find(path);
    Sightings file = found == sightings_.end() ? Sightings::open(path) : std::move(found->second);
    std::set<std::string> there;
    std::int64_t tracks = 0;
    for (const Sighting& sighting : file.all()) {
      if (!sighting.name || !is_them(*sighting.name)) continue;
      there.insert(*sighting.name);
      ++tracks;
    }
    if (!options_.dry_run) {
      for (const std::string& name : there) file.erase(name);
    }
    if (tracks > 0) report_.erasures.push_back({path, What::kTracks, tracks, ""});
  }

  // A page shows faces that have no name on it: it goes whole, whoever it was made for can be made again.
  void erase_page(const fs::path& path, bool found) {
    const std::string page = read_file(path);
    const bool named = std::ranges::any_of(
        spellings_, [&](const std::string& name) { return page.find(html_text(name)) != std::string::npos; });
    const bool faces = page.find("src=\"data:image") != std::string::npos;
    if (!named && !(found && (faces || !is_kith_page(page)))) return;
    if (!is_kith_page(page)) {
      report_.erasures.push_back(
          {path, What::kPage, 0,
           path.string() + ": is no page of Kith's any more: see whether it shows them"});
      return;
    }
    std::error_code failed;
    if (!options_.dry_run && !fs::remove(path, failed))
      throw Error(ErrorCode::kIo, path.string() + ": cannot be removed: " + failed.message());
    struck_.push_back(path);
    report_.erasures.push_back({path, What::kPage, 1, ""});
  }

  bool is_face_of_them(const Gallery& gallery, const Person& owner, const Sample& rejected) const {
    if (checksums_.contains(rejected.checksum)) return true;
    const fs::path source = rejected.source;
    if (std::ranges::any_of(source.parent_path(),
                            [&](const fs::path& part) { return is_them(part.string()); }))
      return true;
    if (centre_.size() != rejected.embedding.size()) return false;
    const float like = similarity(rejected.embedding, centre_);
    return like >= kLike && std::ranges::none_of(gallery.people(), [&](const Person& other) {
             return other.id != owner.id && !is_them(other.name) &&
                    similarity(rejected.embedding, other.centre) > like;
           });
  }

  // "This is not Bea" keeps the face of whoever it is.
  void erase_rejections(const fs::path& path, Gallery& gallery) {
    std::map<std::string, std::set<std::string>> sources;  // by owner
    std::int64_t count = 0;
    for (const Person& owner : gallery.people()) {
      if (is_them(owner.name)) continue;
      for (const Sample& rejected : owner.rejected) {
        if (!is_face_of_them(gallery, owner, rejected)) continue;
        sources[owner.name].insert(rejected.source);
        ++count;
      }
    }
    if (count == 0) return;
    report_.erasures.push_back({path, What::kRejections, count, ""});
    if (options_.dry_run) return;
    for (const auto& [owner, photos] : sources)
      gallery.accept(owner, std::vector<std::string>(photos.begin(), photos.end()));
  }

  ForgetReport nobody() {
    report_.unknown = options_.people.string() + ": nobody is called " + name_ +
                      suggest(name_, std::vector<std::string>(names_.begin(), names_.end())) +
                      ", here or in what was made with it; other files can be given too";
    if (!report_.failed()) throw Error(ErrorCode::kNotFound, report_.unknown);
    return std::move(report_);
  }

  const ForgetOptions& options_;
  std::string name_;
  std::set<std::string> spellings_;  // as given, as kept
  ForgetReport report_;
  std::optional<Gallery> gallery_, backup_;
  std::int64_t enrolled_ = 0;
  Embedding centre_;                 // empty: not enrolled now
  std::set<std::string> checksums_;  // of their photos
  std::set<std::string> names_;      // of everybody, for who meant somebody else
  std::map<PlaceKind, std::set<fs::path>> places_;
  std::map<fs::path, Sightings> sightings_;
  std::set<fs::path> deleted_, told_;
  std::vector<fs::path> struck_;
  std::vector<NotedPlace> moved_;
};

}  // namespace

const char* to_string(Erasure::What what) {
  switch (what) {
    case What::kEnrolled:
      return "enrolled";
    case What::kRejections:
      return "rejections";
    case What::kTracks:
      return "tracks";
    case What::kNames:
      return "names";
    case What::kPage:
      return "page";
    case What::kChips:
      return "chips";
    case What::kCopy:
      break;
  }
  return "copy";
}

bool ForgetReport::failed() const {
  return std::ranges::any_of(erasures,
                             [](const Erasure& e) { return !e.left.empty() && e.what != What::kCopy; });
}

std::int64_t ForgetReport::total(Erasure::What what) const {
  std::int64_t sum = 0;
  for (const Erasure& erasure : erasures) sum += erasure.what == what ? erasure.count : 0;
  return sum;
}

ForgetReport forget(const std::string& name, const ForgetOptions& options) {
  return Forgetting(name, options).run();
}

}  // namespace kith

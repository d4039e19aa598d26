// forget: a person vanishes from the gallery and from all that was made with it: sightings, sidecars, pages with faces,
// chips. What it erased, what it could not and where to look is one receipt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace kith {

struct ForgetOptions {
  std::filesystem::path people = "people.kith";
  /// Sightings, sidecars, pages, folders of chips besides those noted with the gallery (store/places.h), also where those
  /// are now.
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> deleted;  // noted, but deleted since: struck off without a look
  bool dry_run = false;                        // nothing is written anywhere
};

/// One line of the receipt. Holds no face and no vector.
struct Erasure {
  enum class What {
    kEnrolled,    // faces of the gallery and of its backup
    kRejections,  // faces of the person noted as not somebody else's
    kTracks,      // rows of a sightings file, with vector and picture
    kNames,       // places in a sidecar, table or subtitles
    kPage,        // the page went whole
    kChips,       // of a folder, with their lines in its journal and the audit
    kCopy,        // pictures and films with names drawn into them: never changed, only told
  };
  std::filesystem::path path;
  What what = What::kEnrolled;
  std::int64_t count = 0;  // erased, or to be erased in a dry run
  std::string left;  // why something of the person may still be there, and what to do; empty: nothing is
};
/// "enrolled", "rejections", "tracks", ...: the words of the JSON.
const char* to_string(Erasure::What what);

struct ForgetReport {
  std::vector<Erasure> erasures;  // those that erased something, and those that could not
  std::string unknown;            // when nobody of that name was found anywhere: says so, with similar names

  bool failed() const;  // something of the person may be left where Kith should have reached it
  std::int64_t total(Erasure::What what) const;
};

/// The gallery last: a run that was cut off is finished by the same command.
/// @throws Error kNotFound when nobody of that name is anywhere and everything could be looked at; as Gallery's calls do.
/// What fails for one place is in the report, and the rest goes on.
ForgetReport forget(const std::string& name, const ForgetOptions& options);

}  // namespace kith

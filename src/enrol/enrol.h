// enrol: more photos of one person into people.kith; nobody else's photos are needed.
#pragma once

#include <kith/gallery.h>
#include <kith/stages.h>

#include <atomic>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "people/cross_validation.h"
#include "photos/person_photos.h"

namespace kith {

struct EnrolReport {
  std::vector<PersonPhoto> photos;
  std::vector<PhotoOutcome> outcomes;  // one a photo; kDuplicate also for what was enrolled before
  std::vector<std::pair<std::filesystem::path, std::string>> unreadable_inputs;
  std::vector<Suspect> suspects;  // among the added
  int added = 0;
  int enrolled = 0;  // photos of this person now
};

/// @param inputs  photos, or folders of photos, of this person.
/// @param stop    ends the run without a change.
/// @throws Error as Gallery's calls and list_person_photos do.
EnrolReport enrol(const Stages& stages, Gallery& gallery, const std::string& name,
                  std::span<const std::string> inputs, const std::atomic<bool>& stop,
                  const ReportProgress& progress);

/// Takes photos of a person out again.
struct RemoveReport {
  std::vector<std::string> removed;    // Sample::source of each
  std::vector<std::string> not_found;  // photos that are not enrolled as this person's
};

/// @param photos  as they were given when they were enrolled, or the same files elsewhere.
/// @throws Error as Gallery::remove_photos does.
RemoveReport remove_photos(Gallery& gallery, const std::string& name, std::span<const std::string> photos);

struct RejectReport {
  struct Outcome {
    std::string source;
    std::string error;       // why this photo could not be used; else empty
    bool noted = false;      // false with no error: it was noted before
    bool taken_out = false;  // it was enrolled as this person's
    float similarity = 0;    // to the person, centred cosine
  };
  std::vector<Outcome> outcomes;
};

/// "This is not NAME": of a photo that is enrolled as the person's, the face that was enrolled from it; else the face
/// that is most like the person (Gallery::reject). All in one change.
/// @throws Error as Gallery's calls do.
RejectReport reject(const Stages& stages, Gallery& gallery, const std::string& name,
                    std::span<const std::string> photos);

}  // namespace kith

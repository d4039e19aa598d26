// check_people: what is wrong with a gallery, and what to do about it.
#pragma once

#include <kith/calibration.h>
#include <kith/gallery.h>
#include <kith/run_info.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/parallel.h"

namespace kith {

class Stages;

enum class Finding {
  kMislabelled,    // a photo unlike the others of its person: another person's, or no face
  kTwoNames,       // two people who may be one
  kLookAlike,      // two people who are easily taken for each other: such faces stay unknown
  kNearDuplicate,  // two photos of a person that are nearly the same: one of them tells nothing new
  kFewPhotos,      // a person with too few photos
  kOneLook,        // a person all of whose photos are alike
};
/// "mislabelled", "two_names", ...: the words of the JSON.
const char* to_string(Finding finding);

struct CheckItem {
  Finding finding = Finding::kMislabelled;
  std::vector<std::string> people;   // one or two names
  std::vector<std::string> sources;  // the photos in question, none or more
  float similarity = 0;              // centred cosine that tells it; 0 for kFewPhotos
  std::string advice;                // what to do
};

/// By finding, in the order above, the plainest first. An empty calibration compares with fixed cosines instead. Compares
/// everybody with everybody: 20,000 people take minutes.
/// @param progress  people done, as ReportProgress. @return nothing when stopped.
std::vector<CheckItem> check_people(const std::vector<Person>& people, const Calibration& calibration,
                                    const std::atomic<bool>& stop = false,
                                    const ReportProgress& progress = {});

nlohmann::ordered_json to_json(const CheckItem& item);
/// A page that opens without a network, with the faces, cut anew from the photos where those are still there.
std::string check_html(const std::vector<CheckItem>& items, const Stages& stages, const std::string& title,
                       const RunInfo& made_by);

}  // namespace kith

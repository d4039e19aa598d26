// train: folders of photos, or of chips, of people -> people.kith.
#pragma once

#include <kith/gallery.h>
#include <kith/stages.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "people/cross_validation.h"
#include "photos/person_photos.h"

namespace kith {

struct TrainOptions {
  std::vector<std::string> inputs;               // list_person_photos
  std::filesystem::path people = "people.kith";  // made, or replaced
  double far = 1e-3;                             // at which the people are named from now on: Gallery::far
};

struct TrainReport {
  std::vector<PersonPhoto> photos;
  std::vector<PhotoOutcome> outcomes;                                            // one a photo
  std::vector<std::pair<std::filesystem::path, std::string>> unreadable_inputs;  // inputs and folders: why
  std::map<std::string, int> people;                                             // photos enrolled, by name
  std::optional<float>
      threshold;  // Identifier::threshold; nullopt: the embedder has none (kith model calibrate)
  CrossValidation validation;
  std::vector<Suspect> suspects;
  bool written = false;  // false: interrupted, or nobody to write

  /// All statuses that a finished run can end in; they add up to photos.size().
  std::map<PhotoStatus, int> counts() const;
};

/// A photo that cannot be used is part of the report, not an error. people.kith is replaced at the end, or
/// not at all.
/// @param stop  ends the run without writing.
/// @throws Error as list_person_photos, Gallery::replace and Gallery::commit_replacement do; kInvalidArgument
/// when there is
///         no picture at all.
TrainReport train(const Stages& stages, const TrainOptions& options, const std::atomic<bool>& stop,
                  const ReportProgress& progress);

}  // namespace kith

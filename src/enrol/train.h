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
  std::filesystem::path people = "people.kith";  // made, or brought up to date
  std::optional<double> far;                     // Gallery::far from now on; stays as it is unless given
  bool replace = false;                          // begin anew; the old file becomes Gallery::backup_of() it
};

struct TrainReport {
  std::vector<PersonPhoto> photos;
  std::vector<PhotoOutcome> outcomes;                                            // one a photo
  std::vector<std::pair<std::filesystem::path, std::string>> unreadable_inputs;  // inputs and folders: why
  std::vector<PersonChange> people;           // those of the folders, by name
  std::vector<std::string> kept;              // those of the gallery who are in no folder, by name
  std::map<std::string, std::string> nobody;  // folders of which no person came: why
  /// Folders whose photos show several people, by far: how many alike faces are in each group, largest first.
  std::map<std::string, std::vector<std::size_t>> mixed;
  /// Two people who are enrolled from the same photos: one person with two names, or a photo in two folders.
  struct SamePhotos {
    std::string name, other;
    int photos = 0;
  };
  std::vector<SamePhotos> same_photos;  // or, with 0 photos, names that differ in case only
  /// Folders within a person's folder whose faces are unlike each other's.
  struct Nested {
    std::string name, folder, other;
  };
  std::vector<Nested> nested;
  double far = 0;  // Gallery::far now
  std::optional<float>
      threshold;  // Identifier::threshold; nullopt: the embedder has no calibration, nobody can be unknown
  CrossValidation validation;
  std::vector<Suspect> suspects;  // among the photos of the folders
  bool written = false;           // false: interrupted, nobody to write, or nothing but mixed folders

  /// All statuses that a finished run can end in; they add up to photos.size().
  std::map<PhotoStatus, int> counts() const;
};

/// A photo that cannot be used is part of the report, not an error. Whoever is in the gallery and in no folder stays as
/// they are (Gallery::update); the gallery changes once, after all photos were looked at, or not at all.
/// @param stop  ends the run: without a change as long as photos are looked at, later without the examination.
/// @throws Error as list_person_photos and Gallery's calls do; kInvalidArgument when there is no picture at all, or the
///         gallery is another embedder's.
TrainReport train(const Stages& stages, const TrainOptions& options, const std::atomic<bool>& stop,
                  const ReportProgress& progress);

/// Sizes of the groups of alike faces among a person's samples, largest first; empty when they may all be one person.
std::vector<std::size_t> groups_if_mixed(std::span<const Sample> samples, const Calibration& calibration);

/// What a photo is called in a gallery: absolute, so that it is known again wherever Kith is started.
std::string stored_source(const std::filesystem::path& photo);

}  // namespace kith

// classify: whose face is in each photo, and is that the name of its folder?
#pragma once

#include <kith/gallery.h>
#include <kith/stages.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "photos/person_photos.h"

namespace kith {

struct ClassifyOptions {
  std::vector<std::string> inputs;  // list_person_photos
  std::optional<double> far;        // the gallery's, unless given
  Classifier classifier = Classifier::kTemplates;
};

struct ClassifiedPhoto {
  std::string source, folder;
  PhotoStatus status = PhotoStatus::kPending;  // kUsed: a face was found
  std::string error;                           // kUnreadable
  std::optional<std::string> name;             // nullopt: unknown, or no face
  float confidence = 0, similarity = 0;        // of the person considered (Identification); 0 without a face
  bool correct = false;                        // see Classification::correct
};

struct Classification {
  std::vector<ClassifiedPhoto> photos;
  int images = 0;   // pictures that could be read, with or without a face
  int faces = 0;    // those with a face
  int unknown = 0;  // faces that got no name
  int failed = 0;   // pictures, inputs and folders that could not be read
  int correct = 0;  // the folder's name where the gallery has somebody of that name; no name where it has not
  double accuracy() const { return images > 0 ? static_cast<double>(correct) / images : 0.0; }
  /// How often photos of a folder (first) got which answer (second): a name, "unknown" or "no face".
  std::map<std::string, std::map<std::string, int>> confusion() const;
};

/// @throws Error as list_person_photos, identifier_options and Identifier do; kInvalidArgument when
/// there is no picture.
Classification classify(const Stages& stages, const Gallery& gallery, const ClassifyOptions& options,
                        const std::atomic<bool>& stop, const ReportProgress& progress);

}  // namespace kith

// cluster: the faces of a sightings file, or of a folder of photos, sorted by person. Nobody's name is
// needed.
#pragma once

#include <kith/run_info.h>
#include <kith/stages.h>

#include <atomic>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "photos/person_photos.h"
#include "store/sightings.h"

namespace kith {

struct ClusterJob {
  double far = 3e-5;       // two faces of different people are alike at this rate (threshold_at)
  bool everybody = false;  // of a sightings file: also those who have a name
};

/// Faces in groups.
struct Grouped {
  struct Group {
    std::int64_t id = 0;  // of a sightings file: kept there, for kith name; of a folder: 1, 2, ...
    std::vector<std::size_t> members;  // into `faces`
  };
  std::vector<Sighting> faces;
  std::vector<cv::Rect2f> boxes;  // of a folder's faces, px; empty where they are kept in a file
  std::vector<Group> groups;      // largest first; faces alone are groups of one
  float threshold = 0;
  std::int64_t photos = 0;                                      // of a folder: looked at
  std::vector<std::pair<std::string, std::string>> unreadable;  // of a folder: what and why
  bool interrupted = false;                                     // then nothing was grouped

  /// Groups of two and more.
  std::size_t shared_groups() const;
};

/// Keeps the groups in the file. A group that stays much the same keeps its id, and no id is given twice.
/// @throws Error kInvalidArgument when the embedder is another or has no thresholds.
Grouped cluster_sightings(Sightings& file, const Embedder& embedder, const ClusterJob& job);

/// Every face of every picture below the folder. @throws Error as list_photos; kInvalidArgument without
/// thresholds.
Grouped cluster_folder(const Stages& stages, const std::filesystem::path& folder, const ClusterJob& job,
                       const std::atomic<bool>& stop, const ReportProgress& progress);

/// The same, kept in the file as sightings, so that its groups can be named. A photo that was kept before is looked at
/// again, and its faces keep their names. @throws Error also as Sightings' calls do.
Grouped cluster_folder_into(Sightings& file, const Stages& stages, const std::filesystem::path& folder,
                            const ClusterJob& job, const std::atomic<bool>& stop,
                            const ReportProgress& progress);

/// The groups as a page that opens without a network. @param title  what was clustered.
/// @param sightings  the file in which the faces are kept, for the commands that name a group; empty: none.
std::string contact_sheet(const Grouped& grouped, const std::string& title, const std::string& sightings,
                          const RunInfo& made_by);

}  // namespace kith

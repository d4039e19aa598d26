#include "sightings/cluster_job.h"

#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "core/foreign_error.h"
#include "core/parallel.h"
#include "media/modules.h"
#include "people/clustering.h"

namespace kith {
namespace fs = std::filesystem;
namespace {
using Groups = std::vector<std::vector<std::size_t>>;

float threshold_for(const Embedder& embedder, double far) {
  if (const std::optional<float> threshold = threshold_at(embedder.calibration(), far)) return *threshold;
  throw Error(ErrorCode::kInvalidArgument,
              "embedder " + embedder.name() + " has no thresholds: calibrate it on strangers' photos first");
}

// What a detector takes for a face for a moment (hands, the back of a head) is gone in the next frame, and
// such things resemble each other: in a video, fewer frames than this found no group.
constexpr std::int64_t kFoundingFrames = 3;

float founding_quality(const Sighting& face) {
  return face.frames >= kFoundingFrames || is_image_name(face.source) ? face.quality : 0.0F;
}

Groups group(const std::vector<Sighting>& faces, const ClusterOptions& options) {
  std::vector<Embedding> embeddings;
  std::vector<float> qualities;
  for (const Sighting& face : faces) {
    embeddings.push_back(face.embedding);
    qualities.push_back(founding_quality(face));
  }
  return cluster(embeddings, qualities, options);
}

// An old id goes to the group that took most of its faces.
std::vector<std::int64_t> choose_ids(const std::vector<Sighting>& faces, const Groups& groups,
                                     std::int64_t last, std::set<std::int64_t> taken) {
  struct Claim {
    std::size_t faces = 0, group = 0;
    std::int64_t id = 0;
  };
  std::vector<Claim> claims;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::map<std::int64_t, std::size_t> shared;
    for (const std::size_t i : groups[g]) {
      if (faces[i].group) ++shared[*faces[i].group];
    }
    for (const auto& [id, count] : shared) claims.push_back({count, g, id});
  }
  std::ranges::stable_sort(claims, [](const Claim& a, const Claim& b) { return a.faces > b.faces; });
  std::vector<std::int64_t> ids(groups.size());
  for (const Claim& claim : claims) {
    if (ids[claim.group] == 0 && taken.insert(claim.id).second) ids[claim.group] = claim.id;
  }
  for (std::int64_t& id : ids) {
    if (id == 0) id = ++last;
  }
  return ids;
}

void set_groups(Grouped& grouped, const Groups& groups, const std::vector<std::int64_t>& ids) {
  for (std::size_t g = 0; g < groups.size(); ++g) {
    grouped.groups.push_back({ids[g], groups[g]});
    for (const std::size_t i : groups[g]) grouped.faces[i].group = ids[g];
  }
}

struct PhotoFaces {
  std::string source;  // empty: not looked at
  std::vector<Sighting> faces;
  std::vector<cv::Rect2f> boxes;
};

PhotoFaces look_at(const Stages& stages, const fs::path& photo) {
  PhotoFaces result;
  result.source = fs::absolute(photo).lexically_normal().string();
  for (SeenFace& seen : stages.look(read_image(photo))) {
    Sighting face;
    face.source = photo.string();
    face.track = static_cast<int>(result.faces.size()) + 1;
    face.frames = 1;
    face.quality = seen.quality;
    face.embedding = std::move(seen.embedding);
    face.chip = picture_module().encode(".jpg", seen.chip, 90);
    result.faces.push_back(std::move(face));
    result.boxes.push_back(seen.face.box);
  }
  return result;
}

std::vector<PhotoFaces> look_at_all(const Stages& stages, const fs::path& folder, Grouped& grouped,
                                    const std::atomic<bool>& stop, const ReportProgress& progress) {
  const PhotoList photos = list_photos(folder);
  for (const auto& [path, why] : photos.unreadable) grouped.unreadable.emplace_back(path.string(), why);
  std::vector<PhotoFaces> found(photos.pictures.size());
  std::mutex mutex;
  std::atomic<std::int64_t> done = 0;
  for_each_in_parallel(found.size(), stages.threads(), stop, [&](std::size_t i) {
    try {
      found[i] = look_at(stages, photos.pictures[i]);
    } catch (const std::exception& e) {  // also OpenCV's own, and memory that one huge picture asks for
      const std::scoped_lock lock(mutex);
      grouped.unreadable.emplace_back(photos.pictures[i].string(), describe(e));
    }
    progress(++done, static_cast<std::int64_t>(found.size()));
  });
  grouped.photos = done;
  grouped.interrupted = stop;
  std::ranges::sort(grouped.unreadable);
  return found;
}

// The same face of the same photo as before: its name and group stay.
constexpr float kSameFace = 0.95F;

const Sighting* same_face(const Sighting& face, const std::vector<const Sighting*>& before) {
  const auto found = std::ranges::find_if(
      before, [&](const Sighting* old) { return similarity(old->embedding, face.embedding) >= kSameFace; });
  return found == before.end() ? nullptr : *found;
}

// A photo that is looked at again takes the place of its earlier rows.
void keep(Sightings& file, std::vector<PhotoFaces> photos) {
  const std::vector<Sighting> all = file.all();
  std::map<std::string, std::vector<const Sighting*>> before;
  std::map<std::int64_t, std::int64_t> groups;
  for (const Sighting& old : all) {
    before[old.source].push_back(&old);
    if (old.group) groups[old.id] = *old.group;
  }
  std::set<std::string> sources;
  std::vector<Sighting> rows;
  for (PhotoFaces& photo : photos) {
    if (!photo.source.empty()) sources.insert(photo.source);
    for (Sighting& face : photo.faces) {
      face.source = photo.source;
      if (const Sighting* old = same_face(face, before[face.source])) {
        face.name = old->name;
        face.state = old->state;
        face.confidence = old->confidence;
        face.group = old->group;
        face.sidecar = old->sidecar;
        face.track = old->track;
      }
      rows.push_back(std::move(face));
    }
  }
  const std::vector<std::int64_t> ids = file.add(sources, rows);
  std::set<Sightings::Pair> together;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].group) groups[ids[i]] = *rows[i].group;
    for (std::size_t j = i; j-- > 0 && rows[j].source == rows[i].source;) together.emplace(ids[j], ids[i]);
  }
  file.add_together(together);
  file.set_groups(groups);
}

}  // namespace

std::size_t Grouped::shared_groups() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(groups, [](const Group& group) { return group.members.size() > 1; }));
}

Grouped cluster_sightings(Sightings& file, const Embedder& embedder, const ClusterJob& job) {
  file.require(embedder.identity(), embedder.name());
  Grouped grouped;
  grouped.threshold = threshold_for(embedder, job.far);
  std::map<std::int64_t, std::int64_t> kept;  // of those who take no part
  std::set<std::int64_t> taken;
  std::map<std::int64_t, std::size_t> index;  // by row
  for (Sighting& sighting : file.all()) {
    if (sighting.name && !job.everybody) {
      if (sighting.group) {
        kept[sighting.id] = *sighting.group;
        taken.insert(*sighting.group);
      }
      continue;
    }
    index[sighting.id] = grouped.faces.size();
    grouped.faces.push_back(std::move(sighting));
  }
  ClusterOptions options;
  options.threshold = grouped.threshold;
  for (const auto& [a, b] : file.together()) {
    if (index.contains(a) && index.contains(b)) options.apart.insert(std::minmax(index[a], index[b]));
  }
  const Groups groups = group(grouped.faces, options);
  set_groups(grouped, groups, choose_ids(grouped.faces, groups, file.last_group(), std::move(taken)));
  for (const Sighting& face : grouped.faces) kept[face.id] = *face.group;
  file.set_groups(kept);
  return grouped;
}

Grouped cluster_folder(const Stages& stages, const fs::path& folder, const ClusterJob& job,
                       const std::atomic<bool>& stop, const ReportProgress& progress) {
  Grouped grouped;
  grouped.threshold = threshold_for(stages.embedder(), job.far);
  std::vector<PhotoFaces> found = look_at_all(stages, folder, grouped, stop, progress);
  if (stop) return grouped;
  ClusterOptions options;
  options.threshold = grouped.threshold;
  for (PhotoFaces& photo : found) {
    const std::size_t begin = grouped.faces.size();
    std::ranges::move(photo.faces, std::back_inserter(grouped.faces));
    std::ranges::move(photo.boxes, std::back_inserter(grouped.boxes));
    for (std::size_t i = begin; i < grouped.faces.size(); ++i) {
      for (std::size_t j = begin; j < i; ++j) options.apart.emplace(j, i);
    }
  }
  const Groups groups = group(grouped.faces, options);
  set_groups(grouped, groups, choose_ids(grouped.faces, groups, 0, {}));
  return grouped;
}

Grouped cluster_folder_into(Sightings& file, const Stages& stages, const fs::path& folder,
                            const ClusterJob& job, const std::atomic<bool>& stop,
                            const ReportProgress& progress) {
  file.require(stages.embedder().identity(), stages.embedder().name());
  Grouped looked;
  looked.threshold = threshold_for(stages.embedder(), job.far);
  std::vector<PhotoFaces> found = look_at_all(stages, folder, looked, stop, progress);
  if (stop) return looked;
  keep(file, std::move(found));
  Grouped grouped = cluster_sightings(file, stages.embedder(), job);
  grouped.photos = looked.photos;
  grouped.unreadable = std::move(looked.unreadable);
  return grouped;
}

}  // namespace kith

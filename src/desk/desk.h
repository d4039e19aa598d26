// Desk: what a service that recognises people does, whatever protocol it is asked by. server/ puts HTTP
// before it.
#pragma once

#include <kith/gallery.h>
#include <kith/stages.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "desk/empty_names.h"
#include "desk/enrolment.h"
#include "desk/kept_pictures.h"
#include "desk/known_people.h"
#include "desk/looks.h"

namespace kith {

struct DeskOptions {
  std::filesystem::path data;  // the folder of everything else that is kept
  std::optional<double> far;   // instead of the gallery's own rate
  std::uint64_t max_pixels = LookAt().max_pixels;
  bool keep_pictures = false;                        // of enrolled photos
  std::function<void(const std::string&)> complain;  // told, in a line, what the follower could not do
};

/// A photo as it came.
struct PhotoBytes {
  std::string name;  // the file's, for messages
  std::string bytes;
};

/// What became of one of them.
struct EnrolledPhoto {
  std::optional<Refusal> refused;
  std::string detail;  // Judged::detail
  std::string id;      // photo_id, where it is not refused; of a duplicate, the enrolled one's
};

/// An enrolled photo that was looked up.
struct FoundPhoto {
  std::string person;
  Sample sample;
};

/// Thread-safe. A change is on the disk, and known to every later question, when its call returns; what
/// another process changes is known within half a second.
class Desk {
 public:
  /// @param stages  outlives the desk. @param gallery  of their embedder (Gallery::open_or_create).
  /// @throws Error as Gallery::require and KnownPeople do.
  Desk(const Stages& stages, Gallery gallery, const DeskOptions& options);
  ~Desk();

  const Stages& stages() const { return stages_; }
  /// Who is known now; a question that takes several calls holds one answer.
  std::shared_ptr<const KnownPeople> known() const { return known_.load(); }
  /// look_at() with the desk's limit. @throws Error as look_at does.
  LookedAt look(std::string_view bytes, const std::string& name, LookAt how = {}) const;

  /// Enrols what can be, in one change. @return one answer a photo, in order.
  /// @throws Error kInvalidArgument (no name for a person), kIo.
  std::vector<EnrolledPhoto> enrol(const std::string& name, std::span<const PhotoBytes> photos,
                                   const EnrolRules& rules);
  /// A person's photos. @throws Error kNotFound.
  std::vector<FoundPhoto> photos(const std::string& name) const;
  /// nullopt: there is none of this id.
  std::optional<FoundPhoto> find_photo(const std::string& id) const;
  /// Its bytes, where they were kept.
  std::optional<std::string> picture(const Sample& sample) const { return pictures_.find(sample.checksum); }
  /// Takes a photo out; with the last one goes the person. @return whose it was; nullopt: there is none of
  /// this id.
  std::optional<FoundPhoto> remove_photo(const std::string& id);
  /// Erases a person: Gallery::erase, their kept pictures, and the name.
  /// @return how many photos were enrolled; nullopt: nobody is called so.
  std::optional<int> erase(const std::string& name);
  /// Everybody. A copy of the gallery is written first. @return how many there were, and the copy (empty:
  /// nobody).
  std::pair<std::size_t, std::filesystem::path> erase_all();
  /// Gallery::rename, also of a name without a photo. @return whether two became one.
  /// @throws Error kNotFound, kInvalidArgument.
  bool rename(const std::string& from, const std::string& to);
  /// The face of a photo that is most like a person is not theirs. @return whether that is new.
  /// @throws Error kNotFound (no such person, no face), as look() and Gallery::reject do.
  bool reject(const std::string& name, const PhotoBytes& photo);
  /// Gallery::undo.
  Gallery::LastChange undo();

  EmptyNames& empty_names() { return empty_names_; }
  /// Everybody who is known, and names without a photo; by name.
  std::vector<std::string> names() const;
  /// As KnownPeople::kept_name, also of names without a photo.
  std::optional<std::string> kept_name(const std::string& name) const;
  /// Whether the gallery could be read when it was looked at last.
  bool is_well() const { return well_; }

 private:
  void refresh();
  void follow(const std::stop_token& stop);
  void forget_pictures();
  void find_ids(const std::string& name, std::span<const std::string> checksums,
                std::vector<EnrolledPhoto>& answers) const;
  Judged look_and_judge(const PhotoBytes& photo, const std::string& name, std::span<const Sample> own,
                        const EnrolRules& rules) const;

  const Stages& stages_;
  DeskOptions options_;
  Gallery gallery_;
  EmptyNames empty_names_;
  KeptPictures pictures_;
  std::mutex refreshing_, keeping_;
  std::atomic<std::shared_ptr<const KnownPeople>> known_;
  std::atomic<bool> well_ = true;
  std::jthread follower_;  // the last: stops before the rest goes
};

}  // namespace kith

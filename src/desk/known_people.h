// KnownPeople: who is known at one moment, ready for questions. The one place where the service asks about
// people.
#pragma once

#include <kith/gallery.h>
#include <kith/identifier.h>
#include <kith/stages.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "desk/similarity_map.h"

namespace kith {

/// Immutable, hence thread-safe.
class KnownPeople {
 public:
  /// @param far  instead of the gallery's own. @throws Error kInvalidArgument: no calibration gives a
  /// threshold.
  KnownPeople(Snapshot snapshot, const Calibration& calibration, std::optional<double> far);

  /// Identifier::identify.
  std::vector<Identification> identify(std::span<const Embedding> faces,
                                       std::span<const float> qualities) const;
  std::vector<Identification> identify(std::span<const SeenFace> faces) const;
  /// Identifier::nearest.
  std::vector<Likeness> nearest(const Embedding& face, std::size_t most) const;

  /// Of a face to the person whom these photos make, as Likeness has it. @param samples  one at least.
  float similarity(const Embedding& face, std::span<const Sample> samples) const;

  /// The score from which on a stranger gets one of these people's names with probability far().
  float threshold() const { return identifier_.threshold(); }
  double far() const { return far_; }
  /// The similarity from which on two photos of strangers pass for one person's at that rate.
  float pair_threshold() const;
  const Calibration& calibration() const { return calibration_; }
  /// As other services state a gallery's answers, and one face against another.
  SimilarityMap gallery_map() const { return {calibration_, threshold()}; }
  SimilarityMap pair_map() const { return {calibration_, pair_threshold()}; }
  const std::vector<Person>& people() const { return *snapshot_.people; }
  std::uint64_t version() const { return snapshot_.version; }
  /// Null: nobody is called so.
  const Person* find(const std::string& name) const;
  /// The name as it is kept, where case does not count; nullopt: nobody is called so, or several are.
  std::optional<std::string> kept_name(const std::string& name) const;

 private:
  Snapshot snapshot_;
  Calibration calibration_;
  double far_;
  Identifier identifier_;
};

}  // namespace kith

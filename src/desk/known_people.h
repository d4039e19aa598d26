// KnownPeople: who is known at one moment, ready for questions. The one place where the service asks about
// people.
#pragma once

#include <kith/gallery.h>
#include <kith/identifier.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// Immutable, hence thread-safe.
class KnownPeople {
 public:
  /// A person, and how much a face is like them.
  struct Likeness {
    std::string name;
    float similarity = 0;  // Identification::similarity
    float score = 0;       // what threshold() is for, [-1, 1]
  };

  /// @param far  instead of the gallery's own. @throws Error kInvalidArgument: no calibration gives a
  /// threshold.
  KnownPeople(Snapshot snapshot, const Calibration& calibration, std::optional<double> far);
  ~KnownPeople();

  /// Identifier::identify.
  std::vector<Identification> identify(std::span<const Embedding> faces,
                                       std::span<const float> qualities) const;
  /// Whoever a face is most like, first; those for whom it was rejected are left out. @param most  how many,
  /// >= 0.
  std::vector<Likeness> nearest(const Embedding& face, std::size_t most) const;

  /// Of a face to the person whom these photos make, as Likeness has it. @param samples  one at least.
  float similarity(const Embedding& face, std::span<const Sample> samples) const;

  /// The score from which on a stranger gets one of these people's names with probability far().
  float threshold() const { return identifier_.threshold(); }
  double far() const { return far_; }
  const std::vector<Person>& people() const { return *snapshot_.people; }
  std::uint64_t version() const { return snapshot_.version; }
  /// Null: nobody is called so.
  const Person* find(const std::string& name) const;
  /// The name as it is kept, where case does not count; nullopt: nobody is called so, or several are.
  std::optional<std::string> kept_name(const std::string& name) const;

 private:
  struct Ranking;
  Snapshot snapshot_;
  Calibration calibration_;
  double far_;
  Identifier identifier_;
  mutable std::unique_ptr<Ranking> ranking_;  // made when it is first asked for
};

}  // namespace kith
